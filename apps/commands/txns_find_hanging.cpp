#include <algorithm>

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/counted.hpp"
#include "cli/open_transactions.hpp"
#include "cli/resolve_positions.hpp"

namespace kreel::commands {
namespace {

struct TxnsFindHangingArgs {
  std::vector<TopicPartitions> topics;
  std::optional<std::int32_t> broker;
  std::chrono::milliseconds max_timeout{15 * 60 * 1000};
  std::optional<std::int64_t> fail_above;
};

// Internal topics too: a transaction may hang in __consumer_offsets.
Result<std::vector<TopicPartition>> scope_of(AdminClient& admin, const TxnsFindHangingArgs& args) {
  std::vector<TopicPartition> named;
  for (const TopicPartitions& topic : args.topics) {
    TRY_ASSIGN(const auto of_topic, partitions_of(admin, topic));
    named.insert(named.end(), of_topic.begin(), of_topic.end());
  }
  TRY_ASSIGN(const auto cluster, admin.describe_cluster());
  const auto is_wanted = [&](const BrokerInfo& one) { return one.id == *args.broker; };
  if (args.broker && std::ranges::none_of(cluster.brokers, is_wanted)) {
    return fail(ErrorKind::kNotFound, fmt::format("broker {} not found", *args.broker));
  }
  if (!args.topics.empty() && !args.broker) return named;
  TRY_ASSIGN(const auto topics, admin.list_topics());
  std::vector<TopicPartition> scope;
  for (const TopicInfo& topic : topics) {
    if (topic.error) return fail(topic.error->error);
    for (const PartitionInfo& partition : topic.partitions) {
      const TopicPartition at{topic.name, partition.partition};
      const bool is_named =
          args.topics.empty() || std::ranges::find(named, at) != named.end();
      if (is_named && (!args.broker || partition.leader == args.broker)) scope.push_back(at);
    }
  }
  return scope;
}

void print(Output& output, const OpenTransaction& one, std::int64_t now_ms) {
  const auto& last_ms = one.producer.last_timestamp_ms;
  output.row({one.at.topic, std::int64_t{one.at.partition}, one.producer.producer_id,
              std::int64_t{one.producer.producer_epoch},
              std::int64_t{one.producer.coordinator_epoch}, one.start_offset(), last_ms,
              last_ms ? Value(std::max<std::int64_t>(0, now_ms - *last_ms)) : Value()});
}

Result<ExitCode> run(const TxnsFindHangingArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto scope, scope_of(*admin, args));
  std::vector<Error> unasked;
  std::vector<OpenTransaction> open;
  if (!scope.empty()) {
    TRY_ASSIGN(open, open_transactions(*admin, scope, unasked));
  }
  std::erase_if(open, [&](const OpenTransaction& one) {
    return context.now_ms() - one.producer.last_timestamp_ms.value_or(0) <=
           args.max_timeout.count();
  });
  TRY(find_owners(*admin, open));
  std::erase_if(open, [](const OpenTransaction& one) { return one.owner.has_value(); });

  Output& output = context.output();
  TRY(output.begin("txns.find-hanging",
                   {{"topic"},
                    {"partition"},
                    {"producer_id"},
                    {"producer_epoch"},
                    {"coordinator_epoch", Column::Show::kWide},
                    {"start_offset"},
                    {"last_timestamp_ms", Column::Show::kWide, Column::Kind::kTimeMs},
                    {"age_ms", Column::Show::kAlways, Column::Kind::kDurationMs}}));
  ItemErrors errors(output);
  for (const Error& error : unasked) errors.add(error);
  if (unasked.size() < scope.size()) errors.succeeded();
  for (const OpenTransaction& one : open) print(output, one, context.now_ms());
  const auto found = static_cast<std::int64_t>(open.size());
  const bool above = args.fail_above && found > *args.fail_above;
  if (above) {
    output.error(Error(ErrorKind::kConditionFalse,
                       fmt::format("{}, above {}", counted(found, "hanging transaction"),
                                   *args.fail_above)));
  }
  output.end();
  if (found > 0) {
    context.note(fmt::format("kreel txns abort -t {}:{} --start-offset {} ends {}",
                             open.front().at.topic, open.front().at.partition,
                             open.front().start_offset(), found == 1 ? "it" : "the first"));
  }
  return above ? ExitCode::kConditionFalse : errors.exit();
}

}  // namespace

Command txns_find_hanging() {
  return command<TxnsFindHangingArgs>({
      .name = "txns find-hanging",
      .summary = "Find transactions that nobody will end",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options =
          {argument("TOPIC[:PARTITIONS]...", &TxnsFindHangingArgs::topics)
               .kind(ValueKind::kTopic)
               .optional(),
           option("--broker", &TxnsFindHangingArgs::broker)
               .range(0, INT32_MAX)
               .value("ID")
               .help("Only partitions that this broker leads"),
           option("--max-transaction-timeout", &TxnsFindHangingArgs::max_timeout)
               .help("Leave younger ones out: the longest timeout that producers may have"),
           option("--fail-above", &TxnsFindHangingArgs::fail_above)
               .range(0, INT64_MAX)
               .value("N")
               .help("Exit 10 when more are found")},
      .details =
          "A transaction hangs when it is open in a partition and its coordinator knows nothing of "
          "it: readers with read_committed stop there for good, and compaction too. Partitions of "
          "all topics are asked, internal ones included, unless topics or a broker are named. All "
          "coordinators have to answer. AGE counts from the last record of the producer.",
      .examples = {{"kreel txns find-hanging", "In the whole cluster"},
                   {"kreel txns find-hanging orders --max-transaction-timeout 1m",
                    "In one topic, with producers whose timeout is a minute"},
                   {"kreel txns find-hanging --fail-above 0", "For a monitor"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kConditionFalse},
      .see_also = {"txns abort", "txns list"},
  });
}

}  // namespace kreel::commands
