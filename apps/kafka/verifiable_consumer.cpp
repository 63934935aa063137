#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <kreel/consumer.hpp>
#include <kreel/text.hpp>

#include "cli/stop_requests.hpp"
#include "kafka/client.hpp"
#include "kafka/line_message.hpp"
#include "kafka/offset_reset.hpp"
#include "kafka/verifiable_tools.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kVerifiableLogger = "org.apache.kafka.tools.VerifiableConsumer";
constexpr std::string_view kRangeAssignor = "org.apache.kafka.clients.consumer.RangeAssignor";
constexpr std::int64_t kVerifiablePollMs = 500;
// Java's max.poll.records.
constexpr std::size_t kBatchRecords = 500;
constexpr auto kVerifiableAssignors = std::to_array<std::string_view>(
    {"RangeAssignor", "RoundRobinAssignor", "CooperativeStickyAssignor"});

// What librdkafka lacks is said.
Outcome<void> check_assignors(std::string_view classes) {
  for (const std::string_view name : split(classes, ',')) {
    const std::string_view word = trim(name).substr(trim(name).rfind('.') + 1);
    if (std::ranges::find(kVerifiableAssignors, word) != kVerifiableAssignors.end()) continue;
    return tl::unexpected(
        JavaError{JavaError::Kind::kBare, "",
                  fmt::format("{}: kreel assigns partitions by RangeAssignor, RoundRobinAssignor "
                              "and CooperativeStickyAssignor",
                              trim(name)),
                  ErrorKind::kUsage});
  }
  return {};
}

Outcome<void> check_group_protocol(const Options& options) {
  TRY_ASSIGN(const std::string protocol, options.value_or("group-protocol", "classic"));
  if (to_lower(protocol) == "classic") return {};
  if (to_lower(protocol) != "consumer") {
    std::string name = protocol;
    for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return illegal_argument(
        fmt::format("No enum constant org.apache.kafka.clients.consumer.GroupProtocol.{}", name));
  }
  return tl::unexpected(JavaError{JavaError::Kind::kBare, "",
                                  "kreel's consumers join groups by the classic protocol alone",
                                  ErrorKind::kUsage});
}

Outcome<ClientSettings> verifiable_consumer_settings(const Options& options) {
  ClientSettings settings;
  TRY_ASSIGN(settings.file, property_file(options, "consumer.config"));
  TRY(check_group_protocol(options));
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", ""));
  TRY_ASSIGN(const std::string classes, options.value_or("assignment-strategy", kRangeAssignor));
  TRY(check_assignors(classes));
  TRY_ASSIGN(const std::string reset, options.value_or("reset-policy", "earliest"));
  settings.defaults = {{"allow.auto.create.topics", "true"},
                       {"isolation.level", "read_uncommitted"}};
  settings.forced = {{"partition.assignment.strategy", classes}, {"auto.offset.reset", reset}};
  TRY_ASSIGN(const auto session_ms, options.value("session-timeout"));
  if (session_ms) settings.forced.emplace_back("session.timeout.ms", *session_ms);
  TRY_ASSIGN(const auto instance, options.value("group-instance-id"));
  if (instance) settings.forced.emplace_back("group.instance.id", *instance);
  return settings;
}

Value partitions_value(const std::vector<TopicPartition>& partitions) {
  Value::Array list;
  for (const TopicPartition& at : partitions) {
    list.emplace_back(
        Value::Object{{"topic", at.topic}, {"partition", std::int64_t{at.partition}}});
  }
  return list;
}

// The records of one partition in what one look brought.
struct BatchPart {
  TopicPartition at;
  std::int64_t count = 0;
  std::int64_t first_offset = 0;
  std::int64_t last_offset = 0;
};

class VerifiableConsumer {
 public:
  VerifiableConsumer(const Options& options, std::optional<std::int64_t> reset_age_ms,
                     ToolContext& context)
      : context_(context),
        reset_age_ms_(reset_age_ms),
        verbose_(options.has("verbose")),
        auto_commit_(options.has("enable-autocommit")) {}

  Outcome<Ending> run(const Options& options, ClientConfig config);

 private:
  void stopped() {
    if (consumer_) consumer_->stop();
  }
  Outcome<void> open(const Options& options, ClientConfig config);
  // False when it is over.
  Result<bool> step();
  void add(const RecordView& record);
  void finish_batch();
  void commit();

  ToolContext& context_;
  std::optional<std::int64_t> reset_age_ms_;
  bool verbose_;
  bool auto_commit_;
  std::int64_t messages_max_ = -1;
  std::int64_t consumed_ = 0;
  std::unique_ptr<Consumer> consumer_;
  cli::StopRequests stop_{[this] { stopped(); }};
  std::vector<BatchPart> batch_;
  std::vector<TopicPartition> held_;
};

Outcome<void> VerifiableConsumer::open(const Options& options, ClientConfig config) {
  TRY_ASSIGN(messages_max_, options.number_or("max-messages", -1));
  TRY_ASSIGN(const std::string topic, options.value_or("topic", ""));
  TRY_ASSIGN(const std::string group, options.value_or("group-id", ""));
  config.properties.erase("enable.auto.commit");
  config.properties.erase("group.id");
  ConsumerOptions consumer_options;
  consumer_options.reset_age_ms = reset_age_ms_;
  consumer_options.on_assignment = [this](const std::vector<TopicPartition>& held) {
    std::vector<TopicPartition> added;
    for (const TopicPartition& at : held) {
      if (std::ranges::find(held_, at) == held_.end()) added.push_back(at);
    }
    const bool is_taken_away = held.size() < held_.size() && added.empty();
    held_ = held;
    if (is_taken_away) return;
    print_event("partitions_assigned", {{"partitions", partitions_value(added)}}, context_);
  };
  consumer_options.on_revoked = [this](const std::vector<TopicPartition>& partitions, bool) {
    print_event("partitions_revoked", {{"partitions", partitions_value(partitions)}}, context_);
  };
  auto opened = Consumer::subscribe(config, group, {topic}, std::move(consumer_options));
  if (!opened) {
    return thrown("org.apache.kafka.common.KafkaException", "Failed to construct kafka consumer",
                  opened.error().kind());
  }
  consumer_ = std::move(*opened);
  return {};
}

void VerifiableConsumer::add(const RecordView& record) {
  const TopicPartition at{std::string(record.topic), *record.partition};
  auto part = std::ranges::find(batch_, at, &BatchPart::at);
  if (part == batch_.end()) part = batch_.insert(part, BatchPart{at, 0, *record.offset, 0});
  ++part->count;
  part->last_offset = *record.offset;
  ++consumed_;
  consumer_->mark_written(record);
  if (!verbose_) return;
  const auto text = [](const std::optional<std::string_view>& bytes) {
    return bytes ? Value(java_text(*bytes)) : Value();
  };
  print_event("record_data",
              {{"key", text(record.key)},
               {"value", text(record.value)},
               {"topic", record.topic},
               {"partition", std::int64_t{*record.partition}},
               {"offset", *record.offset}},
              context_);
}

void VerifiableConsumer::commit() {
  Value::Array offsets;
  for (const BatchPart& part : batch_) {
    offsets.emplace_back(Value::Object{{"topic", part.at.topic},
                                       {"partition", std::int64_t{part.at.partition}},
                                       {"offset", part.last_offset + 1}});
  }
  const auto committed = consumer_->commit();
  Value::Object fields{{"offsets", std::move(offsets)}};
  if (!committed) fields.emplace_back("error", committed.error().message());
  fields.emplace_back("success", committed.has_value());
  print_event("offsets_committed", std::move(fields), context_);
}

void VerifiableConsumer::finish_batch() {
  if (batch_.empty()) return;
  std::int64_t count = 0;
  Value::Array parts;
  for (const BatchPart& part : batch_) {
    count += part.count;
    parts.emplace_back(Value::Object{{"topic", part.at.topic},
                                     {"partition", std::int64_t{part.at.partition}},
                                     {"count", part.count},
                                     {"minOffset", part.first_offset},
                                     {"maxOffset", part.last_offset}});
  }
  print_event("records_consumed", {{"count", count}, {"partitions", std::move(parts)}}, context_);
  if (!auto_commit_) commit();
  batch_.clear();
}

Result<bool> VerifiableConsumer::step() {
  auto looked = consumer_->poll(kVerifiablePollMs);
  // A topic that is not there yet is waited for.
  if (!looked && looked.error().kind() == ErrorKind::kNotFound) return true;
  TRY_ASSIGN(Polled polled, std::move(looked));
  std::size_t count = 0;
  while (polled == Polled::kRecord) {
    add(consumer_->record());
    if (++count == kBatchRecords || consumed_ == messages_max_) break;
    TRY_ASSIGN(polled, consumer_->poll(0));
  }
  finish_batch();
  return polled != Polled::kStopped && (messages_max_ < 0 || consumed_ < messages_max_);
}

Outcome<Ending> VerifiableConsumer::run(const Options& options, ClientConfig config) {
  TRY(open(options, std::move(config)));
  print_event("startup_complete", {}, context_);
  ExitCode strict = ExitCode::kDone;
  bool goes_on = messages_max_ != 0;
  while (goes_on && !stop_.requested() && context_.host().streams.out.ok()) {
    const auto stepped = step();
    if (!stepped) {
      context_.log("ERROR",
                   "Error during processing, terminating consumer process: ", kVerifiableLogger);
      context_.err_line(java_error(stepped.error(), "poll").text());
      strict = cli::exit_code(stepped.error().kind());
    }
    goes_on = stepped && *stepped;
  }
  const auto exit = stop_.exit();
  if (exit) print_event("shutdown_requested", {}, context_);
  static_cast<void>(consumer_->close());
  print_event("shutdown_complete", {}, context_);
  if (exit) return Ending{static_cast<int>(*exit), *exit};
  // Java's shutdown hook says so when all is over.
  print_event("shutdown_requested", {}, context_);
  return Ending{0, strict};
}

Outcome<Ending> run_verifiable_consumer(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const ClientSettings settings, verifiable_consumer_settings(options));
  TRY_ASSIGN(const JavaProperties properties, JavaProperties::read(settings, context.host()));
  TRY(properties.check(kConsumer, context));
  TRY_ASSIGN(ClientConfig config, properties.client_config("Failed to construct kafka consumer"));
  const ResetPolicy reset =
      parse_offset_reset(properties.find("auto.offset.reset").value_or("")).value_or(ResetPolicy());
  config.properties["auto.offset.reset"] = reset.policy;
  return VerifiableConsumer(options, reset.age_ms, context).run(options, std::move(config));
}

}  // namespace

Tool verifiable_consumer_tool() {
  VerifiableArguments shared = verifiable_arguments("consumer", "; options win over them");
  shared.servers.required = true;
  return {.flags = {},
          .run = run_verifiable_consumer,
          .on_error = show_uncaught,
          .arguments = verifiable_parser(
              "consumer",
              "This tool consumes messages from a specific topic and prints JSON for "
              "what happens: partitions that come and go, messages, committed offsets.",
              {shared.servers,
               shared.topic,
               {.name = "--group-protocol",
                .metavar = "GROUP-PROTOCOL",
                .help = "Only classic can be used.",
                .fallback = "classic"},
               {.name = "--group-remote-assignor",
                .metavar = "GROUP-REMOTE-ASSIGNOR",
                .help = "Without effect: it belongs to the group protocol consumer."},
               {.name = "--group-id",
                .metavar = "GROUP-ID",
                .help = "The group to read as.",
                .required = true},
               {.name = "--group-instance-id",
                .metavar = "GROUP-INSTANCE-ID",
                .help = "The name of this static member."},
               shared.messages_max,
               {.name = "--session-timeout",
                .metavar = "TIMEOUT-MS",
                .help = "The consumer's session timeout.",
                .type = JavaType::kInteger},
               {.name = "--verbose",
                .takes = Argument::Takes::kNothing,
                .help = "Print each message as well.",
                .fallback = "false"},
               {.name = "--enable-autocommit",
                .takes = Argument::Takes::kNothing,
                .help = "Commit offsets now and then, in place of after each batch.",
                .fallback = "false"},
               {.name = "--reset-policy",
                .metavar = "RESET-POLICY",
                .help = "Where to begin without a committed offset: earliest, latest or none.",
                .fallback = "earliest"},
               {.name = "--assignment-strategy",
                .metavar = "ASSIGNMENT-STRATEGY",
                .help = "Who gets which partition: RangeAssignor, RoundRobinAssignor or "
                        "CooperativeStickyAssignor.",
                .fallback = std::string(kRangeAssignor)},
               shared.old_config,
               shared.config})};
}

}  // namespace kreel::kafka_tools
