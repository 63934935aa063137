#include <algorithm>

#include <fmt/format.h>
#include <kreel/lag.hpp>
#include <kreel/text.hpp>

#include "cli/counted.hpp"
#include "cli/lag_lines.hpp"
#include "cli/wait_until.hpp"

namespace kreel::commands {
namespace {

struct WaitLagArgs {
  std::string group;
  std::optional<std::int64_t> below;
};

Result<void> check(const WaitLagArgs& args) {
  if (args.below) return {};
  return fail(ErrorKind::kUsage, "--below N is missing", "--below 1 waits until nothing is left");
}

Result<WaitStatus> look(AdminClient& admin, const WaitLagArgs& args) {
  // As groups lag counts: what was never committed is unread.
  TRY_ASSIGN(const auto report,
             measure_lag(admin, {&args.group, 1}, {.time_lag = false, .never_committed = true}));
  if (!report.errors.empty()) return fail(report.errors.front());
  if (std::ranges::all_of(report.rows, [](const LagRow& row) { return row.never_committed(); })) {
    return WaitStatus{false, "it has committed nothing"};
  }
  std::int64_t total = 0;
  for (const LagRow& row : report.rows) {
    if (row.error) return fail(row.error->error);
    if (!row.lag) return WaitStatus{false, row.at.to_string() + " has no lag that is known"};
    total = lag_sum(total, *row.lag);
  }
  return WaitStatus{total < *args.below, fmt::format("lag {}", with_thousands(total))};
}

Result<ExitCode> run(const WaitLagArgs& args, CommandContext& context) {
  return wait_until(context, fmt::format("group \"{}\"", args.group),
                    [&](AdminClient& admin) { return look(admin, args); });
}

}  // namespace

Command wait_lag() {
  return command<WaitLagArgs>({
      .name = "wait lag",
      .summary = "Wait until a consumer group has caught up",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker,
      .options = {argument("GROUP", &WaitLagArgs::group).kind(ValueKind::kGroup),
                  option("--below", &WaitLagArgs::below)
                      .range(1, INT64_MAX)
                      .help("The lag that the group's partitions have together is less than this")},
      .details =
          "Until the group's lag, summed over its partitions, is below N; one that was never "
          "committed counts from the log start, as in groups lag. A group that has "
          "committed nothing has not caught up. Exit code 10 when --timeout is over; a broker "
          "that cannot be reached until then is 10 too.",
      .check = check,
      .examples = {{"kreel wait lag billing --below 1 --timeout 60s", "All of it is processed"},
                   {"kreel wait lag billing --below 1000 --timeout 5m", "It has nearly caught up"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotAuthorized, ExitCode::kConditionFalse},
      .see_also = {"groups lag"},
  });
}

}  // namespace kreel::commands
