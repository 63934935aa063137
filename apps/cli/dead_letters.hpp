#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kreel/producer.hpp>

#include "cli/context.hpp"
#include "cli/exec_worker.hpp"
#include "cli/topic_lookup.hpp"

namespace kreel::cli {

// Writes records that a command refused to another topic: key, value and headers as they were, and
// behind those headers kreel.dlq.{topic,partition,offset,timestamp,group,attempts,cause,exit_code}.
class DeadLetters {
 public:
  // `about` is what write() was given; null without an error: acknowledged.
  using Answer = std::function<void(std::uint64_t about, const Error* error)>;

  // kNotFound when there is no such topic.
  static Result<std::unique_ptr<DeadLetters>> open(CommandContext& context, AdminClient& admin,
                                                   std::string topic, std::string group);

  // The answer comes from within poll().
  void on_answer(Answer answer) { answer_ = std::move(answer); }
  Result<void> write(const ExecTask& task, const ExecOutcome& outcome, std::uint64_t about);
  void poll() { producer_->poll(0); }
  const std::string& topic() const { return topic_; }

 private:
  DeadLetters(std::string topic, std::string group)
      : topic_(std::move(topic)), group_(std::move(group)) {}

  std::string topic_;
  std::string group_;
  Answer answer_;
  std::unique_ptr<Producer> producer_;
};

}  // namespace kreel::cli
