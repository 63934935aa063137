#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <kreel/units.hpp>

#include "cli/admin.hpp"
#include "cli/counted.hpp"
#include "cli/open_transactions.hpp"
#include "cli/resolve_positions.hpp"
#include "cli/usage.hpp"

namespace kreel::commands {
namespace {

struct TxnsAbortArgs {
  std::vector<std::string> ids;
  std::optional<TopicPartitions> at;
  std::optional<std::int64_t> start_offset;
  std::optional<std::int64_t> producer_id;
  bool force = false;
};

Result<void> check(const TxnsAbortArgs& args) {
  const bool by_partition = args.at || args.start_offset || args.producer_id || args.force;
  if (!args.ids.empty() && by_partition) {
    return usage("an ID and a partition: give one of them",
                 "-t is for a transaction that its coordinator has lost");
  }
  if (!args.ids.empty()) return {};
  if (!args.at) {
    return usage("no transaction", "ID, or -t TOPIC:PARTITION --start-offset N for one that hangs");
  }
  if (args.start_offset && args.at->partitions.size() != 1) {
    return usage("--start-offset: it is in one partition", "-t orders:0 --start-offset 41");
  }
  if (args.start_offset || args.producer_id) return {};
  return usage("-t: which transaction?",
               "--start-offset N or --producer-id N, as find-hanging shows them");
}

// A pattern means those that are open; a name that is not is an error.
bool may_be_aborted(const TransactionDescription& one, bool is_named, ItemErrors& errors) {
  if (one.error) {
    errors.add(one.error->error);
    return false;
  }
  if (one.state == "Ongoing") return true;
  if (!is_named) return false;
  const bool ending = one.state.starts_with("Prepare");
  errors.add(Error(ErrorKind::kRefused,
                   fmt::format("transactional id \"{}\" has no open transaction: it is {}",
                               one.transactional_id, one.state),
                   ending ? "its coordinator is writing the markers that end it" : ""));
  return false;
}

std::string question(std::span<const TransactionDescription> open, std::int64_t now_ms) {
  if (open.size() == 1) {
    const std::chrono::milliseconds age((now_ms - open[0].start_ms.value_or(now_ms)) / 1000 * 1000);
    return fmt::format("abort the transaction of \"{}\" (producer {}, open for {}, in {})",
                       open[0].transactional_id, open[0].producer_id, format_duration(age),
                       counted(static_cast<std::int64_t>(open[0].partitions.size()), "partition"));
  }
  std::vector<std::string> ids;
  for (const TransactionDescription& one : open) ids.push_back(one.transactional_id);
  return fmt::format("abort {} open transactions: {}", open.size(), fmt::join(ids, ", "));
}

Result<ExitCode> abort_by_id(const TxnsAbortArgs& args, AdminClient& admin,
                             CommandContext& context) {
  TRY_ASSIGN(const auto ids, wanted_transactional_ids(admin, args.ids, AclOperation::kWrite));
  TRY_ASSIGN(const auto described, admin.describe_transactions(ids));
  Output& output = context.output();
  TRY(output.begin("txns.abort", {{"transactional_id"},
                                  {"producer_id"},
                                  {"producer_epoch"},
                                  {"partitions"},
                                  {"result"}}));
  ItemErrors errors(output);
  std::vector<TransactionDescription> open;
  for (const TransactionDescription& one : described) {
    const bool is_named = std::ranges::find(args.ids, one.transactional_id) != args.ids.end();
    if (may_be_aborted(one, is_named, errors)) open.push_back(one);
  }
  std::vector<NamedResult> results;
  if (!open.empty() && !context.dry_run()) {
    TRY(context.confirm({.what = question(open, context.now_ms())}));
    std::vector<TransactionToAbort> wanted;
    for (const auto& one : open) wanted.push_back({one.transactional_id, one.timeout_ms});
    TRY_ASSIGN(results, admin.abort_transactions(wanted));
  }
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!results.empty() && results[i].error) {
      errors.add(results[i].error->error);
      continue;
    }
    errors.succeeded();
    output.row({open[i].transactional_id, open[i].producer_id,
                std::int64_t{open[i].producer_epoch},
                static_cast<std::int64_t>(open[i].partitions.size()),
                context.dry_run() ? "would be aborted" : "aborted"});
  }
  output.end();
  return errors.exit();
}

// What -t, --start-offset and --producer-id name.
Result<std::vector<OpenTransaction>> find_named(const TxnsAbortArgs& args, AdminClient& admin) {
  TRY_ASSIGN(const auto partitions, partitions_of(admin, *args.at));
  std::vector<Error> errors;
  TRY_ASSIGN(auto open, open_transactions(admin, partitions, errors));
  if (!errors.empty()) return fail(errors.front());
  std::string others;
  for (const OpenTransaction& one : open) {
    others += fmt::format("{}{} from offset {} by producer {}", others.empty() ? "open: " : ", ",
                          one.at.to_string(), one.start_offset(), one.producer.producer_id);
  }
  std::erase_if(open, [&](const OpenTransaction& one) {
    return (args.start_offset && one.start_offset() != *args.start_offset) ||
           (args.producer_id && one.producer.producer_id != *args.producer_id);
  });
  if (!open.empty()) return open;
  const std::string where =
      partitions.size() == 1 ? partitions[0].to_string() : fmt::format("\"{}\"", args.at->topic);
  const std::string which = args.start_offset
                                ? fmt::format("starts at offset {}", *args.start_offset)
                                : fmt::format("is of producer {}", *args.producer_id);
  return fail(ErrorKind::kNotFound, fmt::format("{}: no open transaction {}", where, which),
              others.empty() ? "there is none at all" : others);
}

// Half a transaction would be lost when its coordinator commits the other half.
Result<void> refuse_live(std::span<const OpenTransaction> open) {
  for (const OpenTransaction& one : open) {
    if (!one.owner) continue;
    return fail(ErrorKind::kRefused,
                fmt::format("{}: the transaction from offset {} does not hang: it is of "
                            "transactional id \"{}\"",
                            one.at.to_string(), one.start_offset(), *one.owner),
                fmt::format("kreel txns abort {} ends it everywhere; --force here alone",
                            *one.owner));
  }
  return {};
}

bool same(std::span<const OpenTransaction> before, std::span<const OpenTransaction> now) {
  return std::ranges::equal(before, now, [](const OpenTransaction& a, const OpenTransaction& b) {
    return a.at == b.at && a.producer.producer_id == b.producer.producer_id &&
           a.producer.producer_epoch == b.producer.producer_epoch &&
           a.producer.open_from == b.producer.open_from;
  });
}

std::vector<AbortMarker> markers_for(std::span<const OpenTransaction> open) {
  std::vector<AbortMarker> markers;
  for (const OpenTransaction& one : open) {
    markers.push_back({.at = one.at,
                       .producer_id = one.producer.producer_id,
                       .producer_epoch = static_cast<std::int16_t>(one.producer.producer_epoch),
                       // -1 before its first marker; no coordinator is older than 0.
                       .coordinator_epoch = std::max(0, one.producer.coordinator_epoch)});
  }
  return markers;
}

Result<ExitCode> abort_by_partition(const TxnsAbortArgs& args, AdminClient& admin,
                                    CommandContext& context) {
  TRY_ASSIGN(auto open, find_named(args, admin));
  if (!args.force) {
    TRY(find_owners(admin, open));
    TRY(refuse_live(open));
  }
  Output& output = context.output();
  TRY(output.begin("txns.abort", {{"topic"},
                                  {"partition"},
                                  {"producer_id"},
                                  {"producer_epoch"},
                                  {"start_offset"},
                                  {"result"}}));
  ItemErrors errors(output);
  std::vector<PartitionResult> results;
  if (!context.dry_run()) {
    TRY(context.confirm(
        {.what = fmt::format("abort the transaction of producer {} in {}",
                             open.front().producer.producer_id,
                             open.size() == 1 ? open.front().at.to_string()
                                              : counted(static_cast<std::int64_t>(open.size()),
                                                        "partition"))}));
    TRY_ASSIGN(const auto now, find_named(args, admin));
    if (!same(open, now)) {
      return fail(ErrorKind::kRefused, "the transaction has moved meanwhile",
                  "nothing was changed; try again");
    }
    TRY_ASSIGN(results, admin.write_abort_markers(markers_for(open)));
  }
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!results.empty() && results[i].error) {
      errors.add(results[i].error->error);
      continue;
    }
    errors.succeeded();
    output.row({open[i].at.topic, std::int64_t{open[i].at.partition}, open[i].producer.producer_id,
                std::int64_t{open[i].producer.producer_epoch}, open[i].start_offset(),
                context.dry_run() ? "would be aborted" : "aborted"});
  }
  output.end();
  return errors.exit();
}

Result<ExitCode> run(const TxnsAbortArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  return args.at ? abort_by_partition(args, *admin, context) : abort_by_id(args, *admin, context);
}

}  // namespace

Command txns_abort() {
  return command<TxnsAbortArgs>({
      .name = "txns abort",
      .summary = "Abort an open transaction, or one that hangs",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = {argument("ID...", &TxnsAbortArgs::ids).optional(),
                  option("-t,--topic", &TxnsAbortArgs::at)
                      .value("TOPIC:PARTITION")
                      .help("Abort in this partition alone, past the coordinator"),
                  option("--start-offset", &TxnsAbortArgs::start_offset)
                      .range(0, INT64_MAX)
                      .value("N")
                      .help("With -t, the transaction that begins there"),
                  option("--producer-id", &TxnsAbortArgs::producer_id)
                      .range(0, INT64_MAX)
                      .value("N")
                      .help("With -t, the transaction of this producer"),
                  option("--force", &TxnsAbortArgs::force)
                      .help("With -t, also when a coordinator still has the transaction")},
      .details =
          "By ID the coordinator is asked as by a new producer of the id: it aborts what is open, "
          "in all partitions, and the producer that opened it can write no more. An ID may have * "
          "and ?, which then means open ones.\n\n"
          "-t writes an abort marker into a partition, for a transaction that no coordinator knows "
          "any more. It is refused while one does: half of a transaction would be lost when the "
          "other half is committed.",
      .exclusive = {{"--start-offset", "--producer-id"}},
      .check = check,
      .examples = {{"kreel txns abort copy-orders", "Asks first"},
                   {"kreel txns abort 'test-*' --yes", "All that are open, in a script"},
                   {"kreel txns abort -t orders:0 --start-offset 41", "One that hangs"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused},
      .see_also = {"txns find-hanging", "txns describe"},
  });
}

}  // namespace kreel::commands
