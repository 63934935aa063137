#include "cli/admin.hpp"
#include "cli/groups.hpp"

#include <kreel/lag.hpp>

namespace kreel::commands {
namespace {

struct Args {
  std::vector<std::string> groups;
};

Result<ExitCode> run(const Args& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto names, wanted_groups(*admin, args.groups));
  TRY_ASSIGN(const auto report,
             measure_lag(*admin, names, {.time_lag = true, .now_ms = context.now_ms()}));
  Output& output = context.output();
  TRY(output.begin("groups.lag", {{"group"},
                                  {"topic"},
                                  {"partition"},
                                  {"committed"},
                                  {"log_start", Column::Show::kWide},
                                  {"log_end"},
                                  {"lag"},
                                  {"time_lag_ms"}}));
  ItemErrors errors(output);
  for (const Error& error : report.errors) errors.add(error);
  for (const LagRow& row : report.rows) {
    if (row.error)
      errors.add(row.error->error);
    else
      errors.succeeded();
    output.row({row.group, row.at.topic, std::int64_t{row.at.partition}, row.committed,
                row.log_start, row.log_end, row.lag, row.time_lag_ms});
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command groups_lag() {
  return command<Args>({
      .name = "groups lag",
      .summary = "Show how far consumer groups are behind",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {argument("GROUP...", &Args::groups).kind(ValueKind::kGroup).optional()},
      .details = "LAG counts offsets between what is committed and the log end. TIME-LAG-MS is the "
                 "age of the first record that is not committed yet, by its own timestamp. One "
                 "topic or broker that fails does not hide the others.",
      .examples = {{"kreel groups lag payments", "One group"},
                   {"kreel groups lag -o json", "All groups, for a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotFound},
      .see_also = {"offsets show"},
  });
}

}  // namespace kreel::commands
