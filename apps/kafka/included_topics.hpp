#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kreel/admin.hpp>

#include "kafka/java_pattern.hpp"

namespace kreel::kafka_tools {

// The topics that --include names: those that match now, looked up again from time to time.
class IncludedTopics {
 public:
  IncludedTopics(JavaPattern pattern, bool with_internal, std::int64_t refresh_ms)
      : pattern_(std::move(pattern)), with_internal_(with_internal), refresh_ms_(refresh_ms) {}

  // Whether topics() changed; brokers that do not answer are asked again later.
  bool refresh(const ClientConfig& config, std::int64_t now_ms);
  const std::vector<std::string>& topics() const { return topics_; }
  // A refresh() that is under way ends soon. Async-signal-safe.
  void hurry() {
    if (AdminClient* admin = asked_) admin->end_within(0);
  }

 private:
  JavaPattern pattern_;
  bool with_internal_;
  std::int64_t refresh_ms_;
  std::int64_t next_ms_ = 0;
  std::unique_ptr<AdminClient> admin_;
  AdminClient* volatile asked_ = nullptr;
  std::vector<std::string> topics_;
};

}  // namespace kreel::kafka_tools
