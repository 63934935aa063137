#include <algorithm>
#include <map>
#include <set>

#include "cli/admin.hpp"
#include "cli/open_transactions.hpp"

namespace kreel::commands {
namespace {

struct TxnsDescribeArgs {
  std::vector<std::string> ids;
};

// Where the transactions begin in their partitions, by producer and partition.
using Starts = std::map<std::pair<std::int64_t, TopicPartition>, std::int64_t>;

Result<Starts> find_starts(AdminClient& admin,
                           const std::vector<TransactionDescription>& transactions,
                           ItemErrors& errors) {
  std::set<TopicPartition> partitions;
  for (const TransactionDescription& one : transactions) {
    partitions.insert(one.partitions.begin(), one.partitions.end());
  }
  Starts starts;
  if (partitions.empty()) return starts;
  const std::vector<TopicPartition> asked(partitions.begin(), partitions.end());
  std::vector<Error> unasked;
  TRY_ASSIGN(const auto open, open_transactions(admin, asked, unasked));
  for (const Error& error : unasked) errors.add(error);
  for (const OpenTransaction& one : open) {
    starts[{one.producer.producer_id, one.at}] = one.start_offset();
  }
  return starts;
}

void print(Output& output, const TransactionDescription& one, const Starts& starts,
           std::int64_t now_ms) {
  const auto row = [&](const Value& topic, const Value& partition, const Value& start_offset) {
    output.row({one.transactional_id, one.state, one.producer_id,
                std::int64_t{one.producer_epoch}, std::int64_t{one.coordinator_id},
                std::int64_t{one.timeout_ms}, one.start_ms,
                one.start_ms ? Value(std::max<std::int64_t>(0, now_ms - *one.start_ms)) : Value(),
                topic, partition, start_offset});
  };
  if (one.partitions.empty()) row({}, {}, {});
  for (const TopicPartition& at : one.partitions) {
    const auto start = starts.find({one.producer_id, at});
    row(at.topic, std::int64_t{at.partition}, start == starts.end() ? Value() : start->second);
  }
}

Result<ExitCode> run(const TxnsDescribeArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto ids, wanted_transactional_ids(*admin, args.ids));
  TRY_ASSIGN(const auto transactions, admin->describe_transactions(ids));
  Output& output = context.output();
  TRY(output.begin("txns.describe",
                   {{"transactional_id"},
                    {"state"},
                    {"producer_id"},
                    {"producer_epoch"},
                    {"coordinator_id", Column::Show::kWide},
                    {"timeout_ms", Column::Show::kWide, Column::Kind::kDurationMs},
                    {"start_ms", Column::Show::kWide, Column::Kind::kTimeMs},
                    {"age_ms", Column::Show::kAlways, Column::Kind::kDurationMs},
                    {"topic"},
                    {"partition"},
                    {"start_offset"}}));
  ItemErrors errors(output);
  TRY_ASSIGN(const auto starts, find_starts(*admin, transactions, errors));
  for (const TransactionDescription& one : transactions) {
    if (one.error) {
      errors.add(one.error->error);
      continue;
    }
    errors.succeeded();
    print(output, one, starts, context.now_ms());
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command txns_describe() {
  return command<TxnsDescribeArgs>({
      .name = "txns describe",
      .summary = "Show transactions with their partitions and how long they are open",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {argument("ID...", &TxnsDescribeArgs::ids).optional()},
      .details =
          "A line for each partition that the transaction has not ended yet, __consumer_offsets "
          "included when it commits offsets; one line for an id without any. START-OFFSET is its "
          "first record there: nothing from that offset on is shown to readers with "
          "read_committed. An ID may have * and ?; without one all are shown.",
      .examples = {{"kreel txns describe copy-orders", "One id"},
                   {"kreel txns describe 'copy-*' -o json", "By pattern, for a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound},
      .see_also = {"txns list", "txns abort"},
  });
}

}  // namespace kreel::commands
