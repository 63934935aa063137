#include "kafka/transactions.hpp"

#include <algorithm>
#include <optional>

#include <kreel/pattern.hpp>

#include "kafka/cluster_tools.hpp"
#include "kafka/java_files.hpp"

namespace kreel::kafka_tools {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string description_failure(std::string_view id) {
  return fmt::format("Failed to describe transaction state of transactional-id `{}`", id);
}

std::string producers_failure(const TopicPartition& at, std::optional<std::int32_t> broker) {
  return fmt::format("Failed to describe producers for partition {} on {}", java_name(at),
                     broker ? fmt::format("broker {}", *broker) : "leader");
}

Outcome<Ending> list_transactions(const Options& options, AdminClient& admin,
                                  ToolContext& context) {
  ListTransactionsFilter filter;
  TRY_ASSIGN(const auto duration, options.number("duration-filter"));
  if (duration && *duration >= 0) filter.open_for_ms = *duration;
  TRY_ASSIGN(const auto pattern_text, options.value("transactional-id-pattern"));
  std::optional<Pattern> pattern;
  if (pattern_text && !pattern_text->empty()) {
    auto compiled = Pattern::compile(fmt::format("^(?:{})$", *pattern_text));
    if (!compiled) {
      return failed_call(
          "Failed to list transactions",
          fmt::format("Transaction id pattern using the regular expression `{}` is invalid",
                      *pattern_text),
          ErrorKind::kUsage);
    }
    pattern = std::move(*compiled);
  }
  const auto list = in_java(admin.list_transactions(filter), "listTransactions");
  if (!list) return failed_call("Failed to list transactions", list.error());
  if (!list->errors.empty()) {
    return failed_call("Failed to list transactions",
                       java_error(list->errors.front(), "listTransactions"));
  }
  Rows rows;
  for (const TransactionListing& one : list->transactions) {
    if (pattern && !pattern->matches(one.transactional_id)) continue;
    rows.push_back({one.transactional_id, std::to_string(one.coordinator_id),
                    std::to_string(one.producer_id), one.state});
  }
  print_padded_table({"TransactionalId", "Coordinator", "ProducerId", "TransactionState"}, rows,
                     context);
  return Ending{};
}

Outcome<Ending> describe_transaction(const Options& options, AdminClient& admin,
                                     ToolContext& context) {
  TRY_ASSIGN(const std::string id, options.value_or("transactional-id", ""));
  const std::string failure = description_failure(id);
  const std::vector<std::string> ids{id};
  const auto described =
      in_java(admin.describe_transactions(ids), "describeTransactions(api=FIND_COORDINATOR)");
  if (!described) return failed_call(failure, described.error());
  const TransactionDescription& one = described->front();
  constexpr std::int16_t kUnknownId = 105;
  if (one.error && one.error->code == kUnknownId) {
    return failed_call(failure,
                       fmt::format("DescribeTransactions request for transactionalId `{}` failed "
                                   "because the ID could not be found",
                                   id),
                       ErrorKind::kNotFound);
  }
  if (one.error) return failed_call(failure, java_error(*one.error));
  std::vector<std::string> partitions;
  for (const TopicPartition& at : one.partitions) partitions.push_back(java_name(at));
  const std::vector<std::string> row = {
      std::to_string(one.coordinator_id),
      id,
      std::to_string(one.producer_id),
      std::to_string(one.producer_epoch),
      one.state,
      std::to_string(one.timeout_ms),
      one.start_ms ? std::to_string(*one.start_ms) : "None",
      one.start_ms ? std::to_string(context.now_ms() - *one.start_ms) : "None",
      join(partitions, ","),
  };
  print_padded_table({"CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch",
                      "TransactionState", "TransactionTimeoutMs", "CurrentTransactionStartTimeMs",
                      "TransactionDurationMs", "TopicPartitions"},
                     {row}, context);
  return Ending{};
}

Outcome<TopicPartition> asked_partition(const Options& options) {
  TopicPartition at;
  TRY_ASSIGN(at.topic, options.value_or("topic", ""));
  TRY_ASSIGN(at.partition, options.integer_or("partition", 0));
  return at;
}

// kreel's client asks leaders; what followers know may be older.
Outcome<void> require_leader(const TopicPartition& at, std::int32_t broker,
                             std::string_view failure, AdminClient& admin) {
  const std::vector<std::string> names{at.topic};
  const auto topics = in_java(admin.describe_topics(names), "describeTopics");
  if (!topics) return failed_call(failure, topics.error());
  for (const PartitionInfo& partition : topics->front().partitions) {
    if (partition.partition != at.partition || partition.leader == broker) continue;
    return failed_call(
        failure, fmt::format("broker {} does not lead it, and only leaders are asked", broker),
        ErrorKind::kUsage);
  }
  return {};
}

Outcome<Ending> describe_producers(const Options& options, AdminClient& admin,
                                   ToolContext& context) {
  TRY_ASSIGN(const TopicPartition at, asked_partition(options));
  TRY_ASSIGN(const auto broker, options.integer("broker-id"));
  const std::string failure = producers_failure(at, broker);
  if (broker) TRY(require_leader(at, *broker, failure, admin));
  const auto producers = producers_of({at}, admin);
  if (!producers) return failed_call(failure, producers.error());
  Rows rows;
  for (const ProducerInfo& producer : producers->front().producers) {
    rows.push_back({std::to_string(producer.producer_id), std::to_string(producer.producer_epoch),
                    std::to_string(producer.coordinator_epoch),
                    std::to_string(producer.last_sequence),
                    std::to_string(producer.last_timestamp_ms.value_or(-1)),
                    producer.open_from ? std::to_string(*producer.open_from) : "None"});
  }
  print_padded_table({"ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence",
                      "LastTimestamp", "CurrentTransactionStartOffset"},
                     rows, context);
  return Ending{};
}

Outcome<AbortMarker> marker_at(const TopicPartition& at, std::int64_t start, AdminClient& admin) {
  const auto producers = producers_of({at}, admin);
  if (!producers) {
    return failed_call(
        fmt::format("Failed to validate producer state for partition {}", java_name(at)),
        producers.error());
  }
  for (const ProducerInfo& producer : producers->front().producers) {
    if (producer.open_from != start) continue;
    return AbortMarker{at, producer.producer_id, static_cast<std::int16_t>(producer.producer_epoch),
                       std::max(producer.coordinator_epoch, 0)};
  }
  return bare(fmt::format("Could not find any open transactions starting at offset {} on "
                          "partition {}",
                          start, java_name(at)),
              ErrorKind::kNotFound);
}

Outcome<AbortMarker> typed_marker(const Options& options, const TopicPartition& at,
                                  std::int64_t producer_id) {
  TRY_ASSIGN(const auto producer_epoch, options.integer("producer-epoch"));
  if (!producer_epoch) return bare("Missing required argument --producer-epoch", ErrorKind::kUsage);
  TRY_ASSIGN(const auto coordinator_epoch, options.integer("coordinator-epoch"));
  if (!coordinator_epoch) {
    return bare("Missing required argument --coordinator-epoch", ErrorKind::kUsage);
  }
  return AbortMarker{at, producer_id, static_cast<std::int16_t>(*producer_epoch),
                     std::max(*coordinator_epoch, 0)};
}

Outcome<Ending> abort_transaction(const Options& options, AdminClient& admin, ToolContext&) {
  TRY_ASSIGN(const TopicPartition at, asked_partition(options));
  TRY_ASSIGN(const auto start, options.number("start-offset"));
  TRY_ASSIGN(const auto producer_id, options.number("producer-id"));
  if (!start && !producer_id) {
    return bare(
        "The transaction to abort must be identified either with --start-offset (for "
        "brokers on 3.0 or above) or with --producer-id, --producer-epoch, and "
        "--coordinator-epoch (for older brokers)",
        ErrorKind::kUsage);
  }
  TRY_ASSIGN(const AbortMarker marker,
             start ? marker_at(at, *start, admin) : typed_marker(options, at, *producer_id));
  const std::string failure = fmt::format(
      "Failed to abort transaction AbortTransactionSpec(topicPartition={}, producerId={}, "
      "producerEpoch={}, coordinatorEpoch={})",
      java_name(at), marker.producer_id, marker.producer_epoch, marker.coordinator_epoch);
  const std::vector<AbortMarker> markers{marker};
  const auto results =
      in_java(admin.write_abort_markers(markers), "abortTransaction(api=METADATA)");
  if (!results) return failed_call(failure, results.error());
  if (results->front().error) return failed_call(failure, java_error(*results->front().error));
  return Ending{};
}

Outcome<Ending> force_terminate(const Options& options, AdminClient& admin, ToolContext&) {
  TRY_ASSIGN(const std::string id, options.value_or("transactionalId", ""));
  const std::string failure = fmt::format("Failed to force terminate transactionalId `{}`", id);
  constexpr std::int32_t kOneMs = 1;  // as Java's fencing of producers asks for
  const std::vector<TransactionToAbort> transactions{{id, kOneMs}};
  const auto results =
      in_java(admin.abort_transactions(transactions), "fenceProducer(api=FIND_COORDINATOR)");
  if (!results) return failed_call(failure, results.error());
  if (results->front().error) return failed_call(failure, java_error(*results->front().error));
  return Ending{};
}

// What a command's first call is named, and what is said when it fails.
struct FirstCall {
  std::string name;
  std::string failure;
};

Outcome<FirstCall> first_call_of(const std::string& command, const Options& options) {
  if (command == "list") {
    return FirstCall{"listTransactions(api=METADATA)", "Failed to list transactions"};
  }
  if (command == "describe") {
    TRY_ASSIGN(const std::string id, options.value_or("transactional-id", ""));
    return FirstCall{"describeTransactions(api=FIND_COORDINATOR)", description_failure(id)};
  }
  TRY_ASSIGN(const TopicPartition at, asked_partition(options));
  if (command == "describe-producers") {
    TRY_ASSIGN(const auto broker, options.integer("broker-id"));
    return FirstCall{"describeProducers(api=METADATA)", producers_failure(at, broker)};
  }
  return FirstCall{"metadata", ""};
}

Outcome<Ending> run_transactions(const Options& options, ToolContext& context) {
  auto made = admin_of(options, context);
  if (!made && is_file_error(made.error())) {
    return failed_call("Failed to load admin client properties", made.error());
  }
  TRY_ASSIGN(ToolAdmin tool, std::move(made));
  TRY_ASSIGN(const std::string command, options.value_or("command", ""));
  if (command == "find-hanging") TRY(check_hanging_scope(options));
  TRY_ASSIGN(const FirstCall call, first_call_of(command, options));
  const auto connected = tool.connect(call.name);
  if (!connected && !call.failure.empty()) return failed_call(call.failure, connected.error());
  TRY_ASSIGN(AdminClient * admin, connected);
  if (command == "list") return list_transactions(options, *admin, context);
  if (command == "describe") return describe_transaction(options, *admin, context);
  if (command == "describe-producers") return describe_producers(options, *admin, context);
  if (command == "abort") return abort_transaction(options, *admin, context);
  if (command == "find-hanging") return find_hanging(options, *admin, context);
  return force_terminate(options, *admin, context);
}

Argument text_argument(std::string name, std::string help, bool required = false) {
  return {.name = std::move(name), .help = std::move(help), .required = required};
}
Argument number_argument(std::string name, std::string help, JavaType type, bool required = false) {
  return {.name = std::move(name), .help = std::move(help), .type = type, .required = required};
}

std::vector<ArgumentParser> transaction_commands() {
  const auto topic = [](bool required) { return text_argument("--topic", "topic name", required); };
  const auto partition = [](bool required) {
    return number_argument("--partition", "partition number", JavaType::kInteger, required);
  };
  return {
      {.program = "list",
       .help = "list transactions",
       .arguments = {number_argument("--duration-filter",
                                     "Duration (in millis) to filter by: if < 0, all transactions "
                                     "will be returned; otherwise, only transactions running "
                                     "longer than this duration will be returned",
                                     JavaType::kLong),
                     text_argument("--transactional-id-pattern",
                                   "Transactional id regular expression pattern to filter by")}},
      {.program = "describe",
       .help = "describe the state of an active transactional-id",
       .arguments = {text_argument("--transactional-id", "transactional id", true)}},
      {.program = "describe-producers",
       .help = "describe the states of active producers for a topic partition",
       .arguments = {number_argument("--broker-id",
                                     "optional broker id to describe the producer state on a "
                                     "specific replica",
                                     JavaType::kInteger),
                     topic(true), partition(true)}},
      {.program = "abort",
       .help = "abort a hanging transaction (requires administrative privileges)",
       .arguments = {topic(true), partition(true),
                     number_argument("--start-offset", "start offset of the transaction to abort",
                                     JavaType::kLong),
                     number_argument("--producer-id", "producer id", JavaType::kLong),
                     number_argument("--producer-epoch", "producer epoch", JavaType::kInteger),
                     number_argument("--coordinator-epoch", "coordinator epoch",
                                     JavaType::kInteger)}},
      {.program = "find-hanging",
       .help = "find hanging transactions",
       .arguments = {number_argument("--broker-id", "broker id to search for hanging transactions",
                                     JavaType::kInteger),
                     number_argument("--max-transaction-timeout",
                                     "maximum transaction timeout in minutes to limit the scope of "
                                     "the search (15 minutes by default)",
                                     JavaType::kInteger),
                     text_argument("--topic",
                                   "topic name to limit search to (required if --partition is "
                                   "specified)"),
                     partition(false)}},
      {.program = "forceTerminateTransaction",
       .help = "Force abort an ongoing transaction on transactionalId (requires "
               "administrative privileges)",
       .arguments = {text_argument("--transactionalId", "transactional id", true)}},
  };
}

}  // namespace

tl::unexpected<JavaError> bare(std::string message, ErrorKind reason) {
  return tl::unexpected(JavaError{JavaError::Kind::kBare, "", std::move(message), reason});
}

tl::unexpected<JavaError> failed_call(std::string_view failure, std::string_view message,
                                      ErrorKind reason) {
  return bare(fmt::format("{}: {}. Enable debug logging for additional detail.", failure, message),
              reason);
}

tl::unexpected<JavaError> failed_call(std::string_view failure, const JavaError& error) {
  return failed_call(failure, error.message, error.reason);
}

Outcome<std::vector<PartitionProducers>> producers_of(const std::vector<TopicPartition>& partitions,
                                                      AdminClient& admin) {
  TRY_ASSIGN(auto producers,
             in_java(admin.describe_producers(partitions), "describeProducers(api=METADATA)"));
  for (const PartitionProducers& one : producers) {
    if (one.error) return tl::unexpected(java_error(*one.error));
  }
  return producers;
}

Tool transactions_tool() {
  ArgumentParser parser{
      .program = "kafka-transactions.sh",
      .description =
          "This tool is used to analyze the transactional state of producers in the "
          "cluster. It can be used to detect and recover from hanging transactions.",
      .help_code = 1};
  parser.arguments = {
      {.name = "-v",
       .alias = "--version",
       .takes = Argument::Takes::kNothing,
       .help = "show the version of this Kafka distribution and exit",
       .shows_version = true},
      {.name = "--command-config",
       .metavar = "FILE",
       .help = "property file containing configs to be passed to admin client"},
      {.name = "--bootstrap-server",
       .metavar = "host:port",
       .help = "hostname and port for the broker to connect to, in the form `host:port`  (multiple "
               "comma-separated entries can be given)",
       .required = true},
  };
  parser.commands_title = "commands";
  parser.commands_metavar = "COMMAND";
  parser.commands = transaction_commands();
  return {.run = run_transactions, .on_error = show_uncaught, .arguments = std::move(parser)};
}

}  // namespace kreel::kafka_tools
