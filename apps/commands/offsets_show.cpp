#include "cli/admin.hpp"
#include "cli/groups.hpp"

#include <kreel/lag.hpp>

namespace kreel::commands {
namespace {

struct OffsetsShowArgs {
  std::vector<std::string> groups;
  std::vector<TopicPartitions> scope;
};

Result<ExitCode> run(const OffsetsShowArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto names, wanted_groups(*admin, args.groups));
  TRY_ASSIGN(const auto report, measure_lag(*admin, names, {.time_lag = false}));
  Output& output = context.output();
  TRY(output.begin("offsets.show", {{"group"},
                                    {"topic"},
                                    {"partition"},
                                    {"committed"},
                                    {"log_start"},
                                    {"log_end"},
                                    {"leader_epoch", Column::Show::kWide},
                                    {"metadata", Column::Show::kWide}}));
  ItemErrors errors(output);
  for (const Error& error : report.errors) errors.add(error);
  for (const LagRow& row : report.rows) {
    if (!in_scope(args.scope, row.at.topic, row.at.partition)) continue;
    if (row.error)
      errors.add(row.error->error);
    else
      errors.succeeded();
    output.row({row.group, row.at.topic, std::int64_t{row.at.partition}, row.committed,
                row.log_start, row.log_end,
                row.leader_epoch < 0 ? Value() : Value(std::int64_t{row.leader_epoch}),
                row.metadata});
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command offsets_show() {
  return command<OffsetsShowArgs>({
      .name = "offsets show",
      .summary = "Show the offsets that consumer groups have committed",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {argument("GROUP...", &OffsetsShowArgs::groups).kind(ValueKind::kGroup).optional(),
                  option("-t,--topic", &OffsetsShowArgs::scope)
                      .help("Only these topics or partitions; again for more")
                      .fallback("all topics that a group has committed")},
      .details = "-o wide adds the leader epoch and the metadata of each commit.",
      .examples = {{"kreel offsets show payments", "One group"},
                   {"kreel offsets show 'payments-*' -t orders:0 -o wide", "One partition"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound},
      .see_also = {"groups lag", "offsets export", "offsets reset"},
  });
}

}  // namespace kreel::commands
