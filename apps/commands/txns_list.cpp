#include <algorithm>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct TxnsListArgs {
  std::vector<std::string> ids;
  std::vector<std::string> states;
  std::vector<std::int64_t> producer_ids;
  std::optional<std::chrono::milliseconds> open_for;
};

std::vector<TransactionListing> named(const std::vector<TransactionListing>& all,
                                      const std::vector<std::string>& patterns) {
  if (patterns.empty()) return all;
  std::vector<std::string> ids;
  for (const TransactionListing& one : all) ids.push_back(one.transactional_id);
  const auto wanted = expand_patterns(patterns, ids);
  std::vector<TransactionListing> chosen;
  std::ranges::copy_if(all, std::back_inserter(chosen), [&](const TransactionListing& one) {
    return std::ranges::find(wanted, one.transactional_id) != wanted.end();
  });
  return chosen;
}

Result<ExitCode> run(const TxnsListArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  ListTransactionsFilter filter{.states = args.states, .producer_ids = args.producer_ids};
  if (args.open_for) filter.open_for_ms = args.open_for->count();
  TRY_ASSIGN(const auto listed, admin->list_transactions(filter));
  Output& output = context.output();
  TRY(output.begin("txns.list",
                   {{"transactional_id"}, {"coordinator_id"}, {"producer_id"}, {"state"}}));
  ItemErrors errors(output);
  for (const Error& error : listed.errors) errors.add(error);
  for (const TransactionListing& one : named(listed.transactions, args.ids)) {
    errors.succeeded();
    output.row(
        {one.transactional_id, std::int64_t{one.coordinator_id}, one.producer_id, one.state});
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command txns_list() {
  return command<TxnsListArgs>({
      .name = "txns list",
      .summary = "List transactional ids with the state of their transactions",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options =
          {argument("ID...", &TxnsListArgs::ids).optional(),
           option("--state", &TxnsListArgs::states)
               .choices({"empty", "ongoing", "preparecommit", "prepareabort", "completecommit",
                         "completeabort", "dead", "prepareepochfence"})
               .help("Only those in this state; again for more"),
           option("--producer-id", &TxnsListArgs::producer_ids)
               .range(0, INT64_MAX)
               .value("N")
               .help("Only the one of this producer; again for more"),
           option("--open-for", &TxnsListArgs::open_for)
               .help("Only transactions that are under way for at least so long")},
      .details = "An ID may have * and ?. Ids stay listed for the broker's "
                 "transactional.id.expiration.ms after their last transaction.",
      .examples = {{"kreel txns list", "All"},
                   {"kreel txns list 'copy-*' --state ongoing", "Open ones, by name"},
                   {"kreel txns list --open-for 5m", "Long ones (Kafka 3.8 and later)"}},
      .exits = {ExitCode::kUnreachable},
      .see_also = {"txns describe", "txns find-hanging"},
  });
}

}  // namespace kreel::commands
