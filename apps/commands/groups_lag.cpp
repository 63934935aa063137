#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <kreel/lag.hpp>
#include <kreel/units.hpp>

#include "cli/admin.hpp"
#include "cli/counted.hpp"
#include "cli/groups.hpp"
#include "cli/lag_output.hpp"
#include "cli/lag_watch.hpp"

namespace kreel::commands {
namespace {

constexpr std::int64_t kShortestIntervalMs = 100;

struct GroupsLagArgs {
  std::vector<std::string> groups;
  bool all = false;
  std::string by = "partition";
  bool committed = false;
  std::optional<std::chrono::milliseconds> watch;
  std::optional<std::int64_t> samples;
  std::vector<RewindBy> fail_above;
};

LagBy lag_by(const std::string& word) {
  if (word == "group") return LagBy::kGroup;
  return word == "topic" ? LagBy::kTopic : LagBy::kPartition;
}

Result<void> check(const GroupsLagArgs& args) {
  if (args.all && !args.groups.empty()) {
    return fail(ErrorKind::kUsage, "--all: groups are named as well");
  }
  if (args.samples && !args.watch) {
    return fail(ErrorKind::kUsage, "--samples: needs --watch");
  }
  if (args.watch && args.watch->count() < kShortestIntervalMs) {
    return fail(ErrorKind::kUsage, "--watch: the shortest interval is 100ms");
  }
  return {};
}

Result<LagReport> measure(AdminClient& admin, const GroupsLagArgs& args, std::int64_t now_ms) {
  std::vector<Error> unasked;
  TRY_ASSIGN(const auto names, wanted_groups(admin, args.groups, &unasked));
  LagOptions options;
  options.now_ms = now_ms;
  options.isolation = args.committed ? Isolation::kReadCommitted : Isolation::kReadUncommitted;
  options.never_committed = true;
  TRY_ASSIGN(LagReport report, measure_lag(admin, names, options));
  report.errors.insert(report.errors.begin(), unasked.begin(), unasked.end());
  return report;
}

// Groups that are further behind than `limit` allows, a line for each.
std::vector<Error> offenders(const LagReport& report, const RewindBy& limit) {
  std::vector<Error> lines;
  for (const LagLine& group : lag_lines(report.rows, LagBy::kGroup)) {
    if (limit.records && group.lag.value_or(0) > *limit.records) {
      lines.emplace_back(
          ErrorKind::kConditionFalse,
          fmt::format("group \"{}\" is {} behind, above {}", group.group,
                      counted(*group.lag, "offset"), with_thousands(*limit.records)));
    }
    if (!limit.duration_ms || group.time_lag_ms.value_or(0) <= *limit.duration_ms) continue;
    const auto slowest = std::ranges::find_if(report.rows, [&](const LagRow& row) {
      return row.group == group.group && row.time_lag_ms == group.time_lag_ms;
    });
    const std::chrono::milliseconds behind(*group.time_lag_ms / 1'000 * 1'000);
    lines.emplace_back(ErrorKind::kConditionFalse,
                       fmt::format("group \"{}\" is {} behind in {}, above {}", group.group,
                                   format_duration(behind), slowest->at.to_string(),
                                   format_duration(std::chrono::milliseconds(*limit.duration_ms))));
  }
  return lines;
}

Result<ExitCode> print_once(const GroupsLagArgs& args, AdminClient& admin,
                            CommandContext& context) {
  TRY_ASSIGN(const LagReport report, measure(admin, args, context.now_ms()));
  Output& output = context.output();
  LagPrinter printer(output, lag_by(args.by));
  TRY(printer.begin());
  for (const LagLine& line : lag_lines(report.rows, lag_by(args.by))) printer.row(line);
  ItemErrors errors(output);
  for (const Error& error : distinct_errors(report)) errors.add(error);
  if (std::ranges::any_of(report.rows, [](const LagRow& row) { return !row.error; })) {
    errors.succeeded();
  }
  bool above = false;
  for (const RewindBy& limit : args.fail_above) {
    for (const Error& line : offenders(report, limit)) {
      output.error(line);
      above = true;
    }
  }
  output.end();
  return above ? ExitCode::kConditionFalse : errors.exit();
}

Result<ExitCode> run(const GroupsLagArgs& args, CommandContext& context) {
  TRY_ASSIGN(auto connected, connect_admin(context));
  if (!args.watch) return print_once(args, *connected, context);
  const std::shared_ptr<AdminClient> admin = std::move(connected);
  LagWatch watch;
  watch.measure = [admin, args, &context] { return measure(*admin, args, context.now_ms()); };
  watch.by = lag_by(args.by);
  watch.interval = *args.watch;
  watch.samples = args.samples;
  return watch_lag(context, std::move(watch));
}

}  // namespace

Command groups_lag() {
  return command<GroupsLagArgs>({
      .name = "groups lag",
      .summary = "Show how far consumer groups are behind",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options =
          {argument("GROUP...", &GroupsLagArgs::groups).kind(ValueKind::kGroup).optional(),
           option("--all", &GroupsLagArgs::all).help("All groups, as without GROUP"),
           option("--by", &GroupsLagArgs::by)
               .value("WHAT")
               .choices({"partition", "topic", "group"})
               .help("One line for each partition, or the sums of each topic or group"),
           option("--committed", &GroupsLagArgs::committed)
               .help("Count to the last stable offset, where a read_committed consumer stops"),
           option("--watch", &GroupsLagArgs::watch)
               .value("INTERVAL")
               .optional_value("2s")
               .help("Show it again and again, with rates, time to catch up and course"),
           option("--samples", &GroupsLagArgs::samples)
               .range(1, 1'000'000'000)
               .help("With --watch: stop after this many")
               .fallback("until Ctrl-C"),
           option("--fail-above", &GroupsLagArgs::fail_above)
               .value("N|DURATION")
               .help("Exit 10 when a group's total lag is above N, or its slowest partition's time "
                     "lag above DURATION")},
      .details =
          "LAG counts offsets between what is committed and the log end. TIME-LAG is the age of "
          "the first record that is not committed yet, by its own timestamp; of a sum, the "
          "longest one. Partitions where the group has committed nothing, of topics that it has "
          "committed, is assigned or subscribes to, are counted from the log start; NOTE marks "
          "them, and in JSON committed is null.\n\n"
          "One topic or broker that fails does not hide the others: its partitions have no "
          "numbers, what went wrong is told once, and the exit code is 1.\n\n"
          "--watch redraws in place on a terminal, until q. Elsewhere each sample is a table of "
          "its own or, with -o jsonl, a set of lines, with its time in ts. IN/S is what is "
          "appended, OUT/S what is committed, CATCH-UP how long the group still needs at these "
          "rates: nothing when it does not gain.",
      .exclusive = {{"--watch", "--fail-above"}},
      .check = check,
      .examples = {{"kreel groups lag payments", "One group"},
                   {"kreel groups lag -o json", "All groups, for a script"},
                   {"kreel groups lag --by group --watch=5s", "All groups, redrawn"},
                   {"kreel groups lag payments --fail-above 1000 --fail-above 5m",
                    "For a monitor: exit 10 when it is too far behind"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kConditionFalse, ExitCode::kInterrupted},
      .see_also = {"offsets show"},
  });
}

}  // namespace kreel::commands
