#include "cli/fault_control.hpp"

namespace kreel::commands {
namespace {

struct FaultListArgs {
  std::optional<std::string> data_dir;
};

Result<ExitCode> run(const FaultListArgs& args, CommandContext& context) {
  TRY(begin_faults(context.output()));
  TRY_ASSIGN(const auto control, connect_control(context, args.data_dir));
  TRY_ASSIGN(const auto faults, control->list_faults());
  print_faults(context.output(), faults);
  return ExitCode::kDone;
}

}  // namespace

Command fault_list() {
  return command<FaultListArgs>({
      .name = "fault list",
      .summary = "List the faults that a broker was asked to have",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {option("--data-dir", &FaultListArgs::data_dir)
                      .kind(ValueKind::kDirectory)
                      .value("DIR")
                      .help("The broker that keeps its data here")
                      .fallback("the broker of -b, or of $KREEL_CONTROL")},
      .details =
          "LEFT is how many requests still get an error; without a number it has no end, and with "
          "0 it is used up. HITS counts the requests that a fault has met.",
      .examples = {{"kreel fault list", "Of the broker on 127.0.0.1:9092"},
                   {"kreel fault list -o json", "With how often each has come true, for a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound},
      .see_also = {"fault add", "fault clear"},
  });
}

}  // namespace kreel::commands
