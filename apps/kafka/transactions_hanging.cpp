#include <algorithm>
#include <map>

#include "kafka/cluster_tools.hpp"
#include "kafka/transactions.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int32_t kTimeoutMinutes = 15;

struct OpenTransaction {
  TopicPartition at;
  ProducerInfo producer;
};

Outcome<std::vector<TopicPartition>> partitions_to_search(const Options& options,
                                                          AdminClient& admin) {
  TRY_ASSIGN(const auto topic, options.value("topic"));
  TRY_ASSIGN(const auto partition, options.integer("partition"));
  TRY_ASSIGN(const auto broker, options.integer("broker-id"));
  if (topic && partition) return std::vector<TopicPartition>{{*topic, *partition}};
  std::vector<TopicInfo> topics;
  if (topic) {
    const std::vector<std::string> names{*topic};
    auto described = in_java(admin.describe_topics(names), "describeTopics");
    if (!described) return failed_call("Failed to describe 1 topics", described.error());
    topics = std::move(*described);
  } else {
    auto listed = in_java(admin.list_topics(), "listTopics");
    if (!listed) return failed_call("Failed to list topics", listed.error());
    topics = std::move(*listed);
  }
  std::vector<TopicPartition> partitions;
  for (const TopicInfo& each : topics) {
    if (each.error) {
      return failed_call(fmt::format("Failed to describe {} topics", topics.size()),
                         java_error(*each.error));
    }
    for (const PartitionInfo& one : each.partitions) {
      if (broker && std::ranges::count(one.replicas, *broker) == 0) continue;
      partitions.push_back({each.name, one.partition});
    }
  }
  return partitions;
}

Outcome<std::vector<OpenTransaction>> open_longer_than(
    std::int64_t limit_ms, const std::vector<TopicPartition>& partitions, const Options& options,
    AdminClient& admin, std::int64_t now_ms) {
  if (partitions.empty()) return std::vector<OpenTransaction>();
  const auto producers = producers_of(partitions, admin);
  if (!producers) {
    TRY_ASSIGN(const auto broker, options.integer("broker-id"));
    return failed_call(
        fmt::format("Failed to describe producers for {} partitions on broker {}",
                    partitions.size(),
                    broker ? fmt::format("Optional[{}]", *broker) : "Optional.empty"),
        producers.error());
  }
  std::vector<OpenTransaction> open;
  for (const PartitionProducers& partition : *producers) {
    for (const ProducerInfo& producer : partition.producers) {
      const std::int64_t last_ms = producer.last_timestamp_ms.value_or(-1);
      if (producer.open_from && now_ms - last_ms > limit_ms) {
        open.push_back({partition.at, producer});
      }
    }
  }
  return open;
}

// What each producer's coordinator still means to end.
Outcome<std::map<std::int64_t, std::vector<TopicPartition>>> coordinated(
    const std::vector<OpenTransaction>& open, AdminClient& admin) {
  ListTransactionsFilter filter;
  for (const OpenTransaction& one : open) filter.producer_ids.push_back(one.producer.producer_id);
  std::vector<std::int64_t>& producers = filter.producer_ids;
  std::ranges::sort(producers);
  producers.erase(std::unique(producers.begin(), producers.end()), producers.end());
  auto listed = in_java(admin.list_transactions(filter), "listTransactions");
  if (listed && !listed->errors.empty()) {
    listed = tl::unexpected(java_error(listed->errors.front(), "listTransactions"));
  }
  if (!listed) {
    return failed_call(
        fmt::format("Failed to list transactions for {} producers", filter.producer_ids.size()),
        listed.error());
  }
  std::vector<std::string> ids;
  for (const TransactionListing& one : listed->transactions) ids.push_back(one.transactional_id);
  std::map<std::int64_t, std::vector<TopicPartition>> result;
  if (ids.empty()) return result;
  constexpr std::string_view kCall = "describeTransactions(api=FIND_COORDINATOR)";
  const auto described = in_java(admin.describe_transactions(ids), kCall);
  const std::string failure = fmt::format("Failed to describe {} transactions", ids.size());
  if (!described) return failed_call(failure, described.error());
  for (const TransactionDescription& one : *described) {
    if (one.error && one.error->error.kind() == ErrorKind::kNotFound) continue;
    if (one.error) return failed_call(failure, java_error(*one.error));
    result[one.producer_id] = one.partitions;
  }
  return result;
}

}  // namespace

Outcome<void> check_hanging_scope(const Options& options) {
  if (!options.has("topic") && !options.has("broker-id")) {
    return bare(
        "The `find-hanging` command requires either --topic or --broker-id to limit the "
        "scope of the search",
        ErrorKind::kUsage);
  }
  if (options.has("partition") && !options.has("topic")) {
    return bare("The --partition argument requires --topic to be provided", ErrorKind::kUsage);
  }
  return {};
}

Outcome<Ending> find_hanging(const Options& options, AdminClient& admin, ToolContext& context) {
  TRY_ASSIGN(const std::int32_t minutes,
             options.integer_or("max-transaction-timeout", kTimeoutMinutes));
  TRY_ASSIGN(const auto partitions, partitions_to_search(options, admin));
  TRY_ASSIGN(const auto open,
             open_longer_than(minutes * kMinuteMs, partitions, options, admin, context.now_ms()));
  std::map<std::int64_t, std::vector<TopicPartition>> under_way;
  if (!open.empty()) {
    TRY_ASSIGN(under_way, coordinated(open, admin));
  }
  std::vector<std::vector<std::string>> rows;
  for (const OpenTransaction& one : open) {
    const auto known = under_way.find(one.producer.producer_id);
    if (known != under_way.end() && std::ranges::count(known->second, one.at) != 0) continue;
    const std::int64_t last_ms = one.producer.last_timestamp_ms.value_or(-1);
    rows.push_back({one.at.topic, std::to_string(one.at.partition),
                    std::to_string(one.producer.producer_id),
                    std::to_string(one.producer.producer_epoch),
                    std::to_string(one.producer.coordinator_epoch),
                    std::to_string(one.producer.open_from.value_or(-1)), std::to_string(last_ms),
                    std::to_string((context.now_ms() - last_ms) / kMinuteMs)});
  }
  print_padded_table({"Topic", "Partition", "ProducerId", "ProducerEpoch", "CoordinatorEpoch",
                      "StartOffset", "LastTimestamp", "Duration(min)"},
                     rows, context);
  return Ending{};
}

}  // namespace kreel::kafka_tools
