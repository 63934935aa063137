#include "cli/fault_control.hpp"

namespace kreel::commands {
namespace {

struct FaultClearArgs {
  std::optional<std::string> data_dir;
  std::vector<std::int64_t> ids;
};

Result<ExitCode> run(const FaultClearArgs& args, CommandContext& context) {
  TRY(begin_faults(context.output()));
  TRY_ASSIGN(const auto control, connect_control(context, args.data_dir));
  TRY_ASSIGN(const auto faults,
             args.ids.empty() ? control->clear_faults() : control->clear_faults(args.ids));
  print_faults(context.output(), faults);
  return ExitCode::kDone;
}

}  // namespace

Command fault_clear() {
  return command<FaultClearArgs>({
      .name = "fault clear",
      .summary = "End faults of a broker",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kUnasked,
      .options = {argument("ID...", &FaultClearArgs::ids).optional(),
                  option("--data-dir", &FaultClearArgs::data_dir)
                      .kind(ValueKind::kDirectory)
                      .value("DIR")
                      .help("The broker that keeps its data here")
                      .fallback("the broker of -b, or of $KREEL_CONTROL")},
      .details = "All of them, or those of the IDs that fault list shows. Prints what is left.",
      .examples = {{"kreel fault clear", "The outage is over"},
                   {"kreel fault clear 3", "One of them"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound},
      .see_also = {"fault add", "fault list"},
  });
}

}  // namespace kreel::commands
