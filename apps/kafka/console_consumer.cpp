#include <algorithm>
#include <array>

#include <kreel/consumer.hpp>
#include <kreel/text.hpp>

#include "cli/client_log.hpp"
#include "cli/stop_requests.hpp"
#include "kafka/client.hpp"
#include "kafka/included_topics.hpp"
#include "kafka/message_format.hpp"
#include "kafka/offset_reset.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kConsoleLogger = "org.apache.kafka.tools.consumer.ConsoleConsumer";
constexpr std::string_view kBadOffset =
    "The provided offset value '{}' is incorrect. Valid values are 'earliest', 'latest', or a "
    "non-negative long.";
constexpr std::string_view kNewProtocol =
    "The consumer rebalance protocol (KIP-848) is production-ready! Set group.protocol=consumer to "
    "try it out. See https://kafka.apache.org/documentation/#consumer_rebalance_protocol";
// Java looks for new topics with each metadata.max.age.ms, or five minutes.
constexpr std::int64_t kIncludeRefreshMs = 5'000;
constexpr std::int64_t kConsolePollMs = 500;
constexpr std::int64_t kWarnMs = 1'000;
constexpr int kGroupNumbers = 100'000;

// The old spelling and the new one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kConsumerSpellings{
    {{"property", "formatter-property"},
     {"consumer-property", "command-property"},
     {"consumer.config", "command-config"}}};

// What is to be read, and how it is shown.
struct ConsolePlan {
  std::string topic;
  std::optional<IncludedTopics> included;  // instead of a topic
  std::optional<std::int32_t> partition;   // then `from` says where
  std::int64_t from = ReadRange::kEnd;
  ResetPolicy reset;
  std::optional<std::string> group;
  std::int64_t messages_max = -1;
  std::optional<std::int64_t> idle_ms;
  bool skip_bad = false;
};

Outcome<void> check_consumer_options(const Options& options) {
  // As Kafka 3.9, the last one that knew it.
  const bool has_whitelist = options.has("whitelist");
  TRY(options.value("whitelist"));
  if (options.has("topic") == (has_whitelist || options.has("include"))) {
    return usage_exit(
        has_whitelist
            ? "Exactly one of --include/--topic is required. --whitelist is DEPRECATED use "
              "--include instead; ignored if --include specified."
            : "Exactly one of the following arguments is required: [topic], [include]");
  }
  if (!options.has("bootstrap-server")) {
    return usage_exit("Missing required argument \"[bootstrap-server]\"");
  }
  for (const auto& [old, current] : kConsumerSpellings) {
    if (options.has(old) && options.has(current)) {
      return usage_exit(
          fmt::format("Options --{} and --{} cannot be specified together.", old, current));
    }
  }
  if (options.has("partition") && !options.has("topic")) {
    return usage_exit("The topic is required when partition is specified.");
  }
  if (options.has("offset") && !options.has("partition")) {
    return usage_exit("The partition is required when offset is specified.");
  }
  if (options.has("offset") && options.has("from-beginning")) {
    return usage_exit("Options from-beginning and offset cannot be specified together.");
  }
  return {};
}

Outcome<void> read_offset(const Options& options, ConsolePlan& plan) {
  TRY_ASSIGN(const std::string offset, options.value_or("offset", "latest"));
  const std::string word = to_lower(trim(offset));
  if (word == "earliest" || options.has("from-beginning")) {
    plan.from = ReadRange::kFirst;
  } else if (word != "latest") {
    const auto number = parse_int64(word);
    if (!number || *number < 0) return usage_exit(fmt::format(fmt::runtime(kBadOffset), offset));
    plan.from = *number;
  }
  return {};
}

Outcome<ConsolePlan> console_plan(const Options& options) {
  ConsolePlan plan;
  TRY_ASSIGN(plan.partition, options.integer("partition"));
  TRY(read_offset(options, plan));
  TRY_ASSIGN(plan.idle_ms, options.number("timeout-ms"));
  plan.skip_bad = options.has("skip-message-on-error");
  return plan;
}

Outcome<std::optional<IncludedTopics>> included_topics(const Options& options,
                                                       const JavaProperties& properties) {
  if (options.has("topic")) return std::optional<IncludedTopics>();
  TRY_ASSIGN(const auto whitelist, options.value_or("whitelist", ""));
  TRY_ASSIGN(const auto include, options.value_or("include", whitelist));
  if (include.empty()) return illegal_argument("Topic pattern to subscribe to cannot be empty");
  TRY_ASSIGN(JavaPattern pattern, JavaPattern::compile(include));
  const bool with_internal = properties.find("exclude.internal.topics") == "false";
  const std::int64_t refresh_ms =
      std::min(kIncludeRefreshMs, properties.number_or("metadata.max.age.ms", kIncludeRefreshMs));
  return std::optional<IncludedTopics>(std::in_place, std::move(pattern), with_internal,
                                       refresh_ms);
}

// The group's id may come from three places, which have to agree.
Outcome<std::optional<std::string>> group_of(const Options& options,
                                             const JavaProperties& properties) {
  std::vector<std::string> found;
  const auto add = [&](const std::optional<std::string>& group) {
    if (group && std::ranges::find(found, *group) == found.end()) found.push_back(*group);
  };
  TRY_ASSIGN(const auto flag, options.value("group"));
  add(flag);
  add(properties.find_in_file("group.id"));
  add(properties.find("group.id"));
  if (found.size() > 1) {
    return usage_exit(fmt::format(
        "The group ids provided in different places (directly using '--group', via "
        "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: '{}'",
        join(found, "', '")));
  }
  if (found.empty()) return std::optional<std::string>();
  return std::optional<std::string>(found.front());
}

Outcome<ClientSettings> consumer_settings(const Options& options) {
  ClientSettings settings;
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", ""));
  TRY_ASSIGN(settings.file, command_config(options, "consumer.config"));
  settings.properties = command_properties(options, "consumer-property");
  TRY_ASSIGN(const auto isolation, options.value("isolation-level"));
  settings.defaults = {{"client.id", "console-consumer"},
                       {"allow.auto.create.topics", "true"},
                       {"check.crcs", "true"},
                       {"isolation.level", "read_uncommitted"}};
  if (isolation) settings.forced.emplace_back("isolation.level", *isolation);
  return settings;
}

Outcome<ResetPolicy> offset_reset_of(const Options& options, const JavaProperties& properties) {
  const bool from_beginning = options.has("from-beginning");
  const auto reset = properties.find("auto.offset.reset");
  if (reset && from_beginning && *reset != "earliest") {
    return tl::unexpected(JavaError{JavaError::Kind::kBare, "",
                                    fmt::format("Can't simultaneously specify --from-beginning and "
                                                "'auto.offset.reset={}', please remove one option",
                                                *reset),
                                    ErrorKind::kUsage});
  }
  // What Java's consumer refuses is told when its properties are looked at.
  return parse_offset_reset(reset.value_or(from_beginning ? "earliest" : "latest"))
      .value_or(ResetPolicy());
}

class ConsoleConsumer {
 public:
  ConsoleConsumer(ConsolePlan plan, MessageFormat format, ToolContext& context)
      : plan_(std::move(plan)), format_(std::move(format)), context_(context) {}

  Outcome<void> open(ClientConfig config, ToolAdmin& tool);
  Outcome<Ending> run();

 private:
  // False when it is over.
  bool step();
  bool show(const RecordView& record);
  bool end_with(const JavaError& error);
  bool may_write();
  Outcome<void> look_for_topics();
  void warn_when_lost();
  void stopped() {
    if (consumer_) consumer_->stop();
    if (plan_.included) plan_.included->hurry();
  }

  ConsolePlan plan_;
  MessageFormat format_;
  ToolContext& context_;
  cli::StopRequests stop_{[this] { stopped(); }};
  std::unique_ptr<Consumer> consumer_;
  ClientConfig admin_config_;
  std::string text_;
  std::int64_t count_ = 0;
  std::int64_t last_ms_ = 0;
  std::int64_t warned_ms_ = 0;
  std::optional<JavaError> failure_;
  Ending ending_;
};

Outcome<void> ConsoleConsumer::open(ClientConfig config, ToolAdmin& tool) {
  ConsumerOptions consumer_options;
  consumer_options.commit_empty = true;
  const auto commits = config.properties.find("enable.auto.commit");
  consumer_options.commit =
      commits == config.properties.end() ? plan_.group.has_value() : commits->second == "true";
  config.properties.erase("enable.auto.commit");
  config.properties.erase("group.id");
  Result<std::unique_ptr<Consumer>> opened = nullptr;
  if (plan_.partition) {
    consumer_options.out_of_range = plan_.reset.policy;
    const TopicPartition at{plan_.topic, *plan_.partition};
    TRY_ASSIGN(const std::int64_t start,
               start_within(plan_.reset, at, plan_.from, tool, context_.now_ms()));
    const ReadRange from{at, start, std::nullopt};
    opened = Consumer::assign(config, {from}, std::move(consumer_options));
  } else {
    const auto number = static_cast<std::uint64_t>(context_.now_ms()) * 2'654'435'761U;
    const std::string group =
        plan_.group.value_or(fmt::format("console-consumer-{}", (number >> 16) % kGroupNumbers));
    std::vector<std::string> topics;
    if (!plan_.included) topics.push_back(plan_.topic);
    // A group that commits nothing would begin anew with each topic that comes.
    if (plan_.included && !consumer_options.commit) {
      config.properties.try_emplace("partition.assignment.strategy", "cooperative-sticky");
    }
    consumer_options.reset_age_ms = plan_.reset.age_ms;
    opened = Consumer::subscribe(config, group, topics, std::move(consumer_options));
  }
  if (!opened) {
    return thrown("org.apache.kafka.common.KafkaException", "Failed to construct kafka consumer",
                  opened.error().kind());
  }
  consumer_ = std::move(*opened);
  admin_config_ = tool.config();
  return {};
}

Outcome<void> ConsoleConsumer::look_for_topics() {
  if (!plan_.included || !plan_.included->refresh(admin_config_, cli::steady_ms())) return {};
  return in_java(consumer_->change_topics(plan_.included->topics()), "subscribe");
}

void ConsoleConsumer::warn_when_lost() {
  const std::int64_t now_ms = cli::steady_ms();
  if (consumer_->is_reachable() || now_ms - warned_ms_ < kWarnMs) return;
  warned_ms_ = now_ms;
  warn_of_no_broker(context_,
                    fmt::format("Consumer clientId={}, groupId={}", admin_config_.client_id,
                                plan_.group.value_or("null")),
                    admin_config_.bootstrap_servers);
}

bool ConsoleConsumer::end_with(const JavaError& error) {
  context_.host().streams.out.flush_now();
  context_.log("ERROR", "Error processing message, terminating consumer process: ", kConsoleLogger);
  context_.err_line(error.text());
  ending_.strict = cli::exit_code(error.reason);
  return false;
}

// A reader that went away ends this also while there is nothing to write; Java's notices it with
// the next record.
bool ConsoleConsumer::may_write() {
  if (context_.host().streams.out.has_reader()) return true;
  context_.err_line("Unable to write to standard out, closing consumer.");
  return false;
}

bool ConsoleConsumer::show(const RecordView& record) {
  ++count_;
  text_.clear();
  const auto shown = format_.append(record, text_);
  if (!shown && !plan_.skip_bad) {
    context_.out(text_);
    failure_ = shown.error();
    return false;
  }
  if (!shown) {
    context_.log("ERROR", "Error processing message, skipping this message: ", kConsoleLogger);
  }
  context_.out(text_);
  consumer_->mark_written(record);
  return context_.host().streams.out.ok() || may_write();
}

bool ConsoleConsumer::step() {
  if (plan_.messages_max >= 0 && count_ >= plan_.messages_max) return false;
  if (const auto found = look_for_topics(); !found) return end_with(found.error());
  auto polled = consumer_->poll(0);
  if (polled && *polled == Polled::kNothing) {
    warn_when_lost();
    // A reader on the other side sees what there is before this waits.
    context_.host().streams.out.flush_now();
    if (!may_write()) return false;
    const std::int64_t idle_left_ms =
        plan_.idle_ms ? last_ms_ + *plan_.idle_ms - cli::steady_ms() : kConsolePollMs;
    if (idle_left_ms <= 0) {
      return end_with({JavaError::Kind::kThrown, "org.apache.kafka.common.errors.TimeoutException",
                       "", ErrorKind::kConditionFalse});
    }
    polled = consumer_->poll(std::min(kConsolePollMs, idle_left_ms));
  }
  // Java waits for a partition that is not there.
  const bool may_come = plan_.partition && plan_.reset.policy != "error";
  if (!polled && may_come && polled.error().kind() == ErrorKind::kNotFound) return true;
  if (!polled) return end_with(java_error(polled.error(), "poll"));
  if (*polled == Polled::kStopped) return false;
  if (*polled != Polled::kRecord) return !stop_.requested();
  last_ms_ = cli::steady_ms();
  return show(consumer_->record());
}

Outcome<Ending> ConsoleConsumer::run() {
  last_ms_ = cli::steady_ms();
  while (!stop_.requested() && step()) {
  }
  context_.host().streams.out.flush_now();
  static_cast<void>(consumer_->close());
  if (context_.options().has("enable-systest-events")) context_.out_line("shutdown_complete");
  context_.host().streams.out.flush_now();
  context_.err_line(fmt::format("Processed a total of {} messages", count_));
  if (failure_) return tl::unexpected(*failure_);
  if (const auto exit = stop_.exit()) return Ending{static_cast<int>(*exit), *exit};
  return ending_;
}

// Everything about the command line.
struct ConsoleRequest {
  ConsolePlan plan;
  ClientSettings settings;
  JavaProperties properties;
  MessageFormat format;
};

Outcome<ConsoleRequest> console_request(const Options& options, ToolContext& context) {
  TRY(check_consumer_options(options));
  TRY_ASSIGN(ConsolePlan plan, console_plan(options));
  TRY_ASSIGN(ClientSettings settings, consumer_settings(options));
  TRY_ASSIGN(JavaProperties properties, JavaProperties::read(settings, context.host()));
  TRY_ASSIGN(plan.group, group_of(options, properties));
  if (plan.group && plan.partition) {
    return usage_exit("Options group and partition cannot be specified together.");
  }
  TRY_ASSIGN(plan.reset, offset_reset_of(options, properties));
  if (const auto current = current_formatter(options)) {
    context.err_line(
        fmt::format("WARNING: {} is deprecated and will be removed in the next major "
                    "release. Please use org.apache.kafka.tools.consumer.{} instead",
                    options.values("formatter").front(), *current));
  }
  TRY_ASSIGN(MessageFormat format, message_format_of(options));
  return ConsoleRequest{std::move(plan), std::move(settings), std::move(properties),
                        std::move(format)};
}

Outcome<Ending> consume(ConsoleRequest request, const Options& options, ToolContext& context) {
  auto& [plan, settings, properties, format] = request;
  for (const std::string& name : format.unknown_deserializers()) {
    context.log("ERROR", fmt::format("Unable to instantiate a deserializer from {}", name),
                "org.apache.kafka.tools.consumer.DefaultMessageFormatter");
    context.err_line(fmt::format("java.lang.ClassNotFoundException: {}", name));
  }
  TRY(properties.check(kConsumer, context));
  if (plan.group && trim(*plan.group).empty()) {
    return thrown("org.apache.kafka.common.KafkaException", "Failed to construct kafka consumer",
                  ErrorKind::kUsage);
  }
  TRY_ASSIGN(ClientConfig config, properties.client_config("Failed to construct kafka consumer"));
  config.properties["auto.offset.reset"] = plan.reset.policy;
  const bool is_old = options.has("whitelist") || current_formatter(options);
  if (!is_old && !plan.partition && properties.find("group.protocol") != "consumer") {
    context.err_line(kNewProtocol);
  }
  TRY_ASSIGN(plan.topic, options.value_or("topic", ""));
  TRY_ASSIGN(plan.included, included_topics(options, properties));
  TRY_ASSIGN(plan.messages_max, options.number_or("max-messages", -1));
  TRY_ASSIGN(ToolAdmin tool, ToolAdmin::make(settings, context, kEveryClient));
  ConsoleConsumer consumer(std::move(plan), format, context);
  TRY(consumer.open(std::move(config), tool));
  return consumer.run();
}

// Java's tool catches nothing while it reads its options.
Outcome<Ending> run_console_consumer(const Options& options, ToolContext& context) {
  auto request = console_request(options, context);
  if (request) return consume(std::move(*request), options, context);
  const JavaError& error = request.error();
  if (error.kind == JavaError::Kind::kUsage || error.kind == JavaError::Kind::kBare) {
    return tl::unexpected(error);
  }
  return show_uncaught(error, context);
}

Ending show_consumer_error(const JavaError& error, ToolContext& context) {
  context.log("ERROR", "Unknown error when running consumer: ", kConsoleLogger);
  context.err_line(error.text());
  return failed(1, error);
}

}  // namespace

Tool console_consumer_tool() {
  return {
      .about = "This tool helps to read data from Kafka topics and outputs it to standard output.",
      .flags =
          {{"bootstrap-server", Takes::kValue, "String: server to connect to",
            "REQUIRED: The servers to connect to."},
           {"topic", Takes::kValue, "String: topic", "The topic to read."},
           {"include", Takes::kValue, "String: Java regex (String)",
            "A regular expression for the topics to read."},
           {"whitelist", Takes::kValue, "String: Java regex (String)",
            "The older name of --include."},
           {"partition", Takes::kValue, "Integer: partition",
            "The partition to read, without a group; from its end unless --offset says otherwise."},
           {"offset", Takes::kValue, "String: consume offset",
            "Where to begin: a number, earliest or latest.", "latest"},
           {"from-beginning", Takes::kNothing, "",
            "Where the group has no offset, begin with the oldest record."},
           {"group", Takes::kValue, "String: consumer group id", "The group to read as."},
           {"max-messages", Takes::kValue, "Integer: num_messages",
            "End after so many records; else go on and on."},
           {"timeout-ms", Takes::kValue, "Long: timeout_ms",
            "End when no record has come for so long."},
           {"skip-message-on-error", Takes::kNothing, "",
            "Go on behind a record that cannot be shown."},
           {"isolation-level", Takes::kValue, "String",
            "read_committed leaves records of aborted transactions out.", "read_uncommitted"},
           {"formatter", Takes::kValue, "String: class",
            "DefaultMessageFormatter, LoggingMessageFormatter, NoOpMessageFormatter, or for the "
            "coordinators' topics OffsetsMessageFormatter, GroupMetadataMessageFormatter and "
            "TransactionLogMessageFormatter.",
            "org.apache.kafka.tools.consumer.DefaultMessageFormatter"},
           {"formatter-property", Takes::kValue, "String: prop",
            "print.timestamp, print.key, print.offset, print.partition, print.headers, "
            "print.value, print.delivery, print.epoch, key.separator, line.separator, "
            "headers.separator, null.literal, key.deserializer, value.deserializer, "
            "headers.deserializer; may be repeated."},
           {"property", Takes::kValue, "String: prop", "The older name of --formatter-property."},
           {"formatter-config", Takes::kValue, "String: config file",
            "A file of such properties; those on the command line win."},
           {"key-deserializer", Takes::kValue, "String: deserializer for key",
            "The same as the property key.deserializer."},
           {"value-deserializer", Takes::kValue, "String: deserializer for values",
            "The same as the property value.deserializer."},
           {"command-property", Takes::kValue, "String: consumer_prop",
            "A property of the consumer; may be repeated."},
           {"consumer-property", Takes::kValue, "String: consumer_prop",
            "The older name of --command-property."},
           {"command-config", Takes::kValue, "String: config file", "A file of such properties."},
           {"consumer.config", Takes::kValue, "String: config file",
            "The older name of --command-config."},
           {"enable-systest-events", Takes::kNothing, "", "Print shutdown_complete at the end."},
           {"help", Takes::kNothing, "", "Print usage information."},
           {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_console_consumer,
      .on_error = show_consumer_error,
      .parse_errors_show_table = true,
  };
}

}  // namespace kreel::kafka_tools
