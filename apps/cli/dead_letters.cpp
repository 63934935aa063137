#include "cli/dead_letters.hpp"

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/client_log.hpp"

namespace kreel::cli {

Result<std::unique_ptr<DeadLetters>> DeadLetters::open(CommandContext& context, AdminClient& admin,
                                                       std::string topic, std::string group) {
  TopicLookup topics(admin);
  if (const auto found = topics.find(topic); !found) {
    const Error& error = found.error();
    if (error.kind() != ErrorKind::kNotFound || !error.hint().empty()) return fail(error);
    return fail(Error(error).with_hint(fmt::format("kreel topics create {} makes it", topic)));
  }
  TRY_ASSIGN(const ClientConfig config, client_config(context, PropertyScope::kProducer));
  std::unique_ptr<DeadLetters> letters(new DeadLetters(std::move(topic), std::move(group)));
  ProducerOptions options;
  options.on_log = client_log(context);
  options.on_delivery = [self = letters.get()](const Delivery& delivery) {
    self->answer_(delivery.tag, nullptr);
  };
  options.on_failure = [self = letters.get()](const DeliveryFailure& failure) {
    self->answer_(failure.tag, &failure.error);
  };
  TRY_ASSIGN(letters->producer_, Producer::open(config, std::move(options)));
  return letters;
}

Result<void> DeadLetters::write(const ExecTask& task, const ExecOutcome& outcome,
                                std::uint64_t about) {
  Record letter = task.record;
  letter.topic = topic_;
  letter.partition.reset();     // by its key
  letter.timestamp_ms.reset();  // it is new there, for retention by time
  const auto add = [&letter](std::string_view name, std::string value) {
    letter.headers.emplace_back(fmt::format("kreel.dlq.{}", name), std::move(value));
  };
  add("topic", task.record.topic);
  add("partition", fmt::to_string(task.record.partition.value_or(-1)));
  add("offset", fmt::to_string(task.offset()));
  if (task.record.timestamp_ms) add("timestamp", fmt::to_string(*task.record.timestamp_ms));
  if (!group_.empty()) add("group", group_);
  add("attempts", fmt::to_string(task.attempts));
  add("cause", outcome.cause);
  if (outcome.exit_code) add("exit_code", fmt::to_string(*outcome.exit_code));
  RecordViewBuffer view;
  return producer_->produce(view.view_of(letter), about);
}

}  // namespace kreel::cli
