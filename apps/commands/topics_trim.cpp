#include <fmt/core.h>

#include "cli/admin.hpp"
#include "cli/counted.hpp"
#include "cli/resolve_positions.hpp"

namespace kreel::commands {
namespace {

struct TopicsTrimArgs {
  TopicPartitions target;
  std::optional<Position> to;
};

Result<void> check(const TopicsTrimArgs& args) {
  if (!args.to) {
    return fail(ErrorKind::kUsage, "no position", "--to POSITION: an offset, end, or @TIME");
  }
  if (args.to->anchor != Position::Anchor::kCommitted) return {};
  return fail(ErrorKind::kUsage, "--to committed: a topic has no group here",
              "an offset, start, end, or @TIME");
}

std::int64_t total(const std::vector<ResolvedPosition>& rows) {
  std::int64_t records = 0;
  for (const ResolvedPosition& row : rows)
    records += std::max<std::int64_t>(0, row.offset - row.log_start);
  return records;
}

Result<ExitCode> run(const TopicsTrimArgs& args, CommandContext& context) {
  if (args.to->anchor == Position::Anchor::kTime) {
    const std::string when = format_time(args.to->value);
    if (args.to->value > context.now_ms()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{} is in the future; this would delete everything", when));
    }
    context.note(fmt::format("to {}", when));
  }
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto partitions, partitions_of(*admin, args.target, AclOperation::kDelete));
  TRY_ASSIGN(const auto rows, resolve_positions(*admin, partitions, *args.to));
  Output& output = context.output();
  TRY(output.begin("topics.trim",
                   {{"topic"}, {"partition"}, {"log_start"}, {"log_end"}, {"target"}}));
  ItemErrors errors(output);
  if (!context.dry_run()) {
    TRY(context.confirm({.what = fmt::format("delete at most {} of topic \"{}\"",
                                             counted(total(rows), "record"), args.target.topic)}));
    std::vector<DeleteRecordsBefore> before;
    for (const ResolvedPosition& row : rows) before.push_back({.at = row.at, .offset = row.offset});
    TRY_ASSIGN(const auto deleted, admin->delete_records(before));
    for (const DeletedRecords& result : deleted) {
      if (result.error)
        errors.add(result.error->error);
      else
        errors.succeeded();
    }
  }
  for (const ResolvedPosition& row : rows) {
    output.row(
        {row.at.topic, std::int64_t{row.at.partition}, row.log_start, row.log_end, row.offset});
  }
  output.end();
  if (context.dry_run()) {
    context.note("would delete at most " + counted(total(rows), "record"));
  }
  return errors.exit();
}

}  // namespace

Command topics_trim() {
  return command<TopicsTrimArgs>({
      .name = "topics trim",
      .summary = "Delete the oldest records of a topic",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kTimes,
      .options =
          {argument("NAME[:PARTITIONS]", &TopicsTrimArgs::target),
           option("--to", &TopicsTrimArgs::to).help("Delete the records before this position")},
      .details = "Moves the log start of each partition up to the position. Records are gone for "
                 "every reader at once; files go when no record in them is left.",
      .check = check,
      .examples = {{"kreel topics trim orders --to @-7d", "Keep the last seven days"},
                   {"kreel topics trim orders:0 --to 1200", "One partition, by offset"},
                   {"kreel topics trim orders --to end --dry-run", "How many would go"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused},
      .see_also = {"topics delete"},
  });
}

}  // namespace kreel::commands
