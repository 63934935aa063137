#include "cli/fault_control.hpp"

namespace kreel::commands {
namespace {

struct FaultAddArgs {
  std::optional<std::string> data_dir;
  std::vector<std::string> faults;
  std::vector<std::string> latencies;
  std::optional<std::string> drop;
};

Result<void> check(const FaultAddArgs& args) {
  if (!args.faults.empty() || !args.latencies.empty() || args.drop) return {};
  return fail(ErrorKind::kUsage, "nothing to add", "--fault, --latency or --drop says what");
}

Result<ExitCode> run(const FaultAddArgs& args, CommandContext& context) {
  TRY(begin_faults(context.output()));
  TRY_ASSIGN(const auto control, connect_control(context, args.data_dir));
  TRY_ASSIGN(
      const auto faults,
      control->add_faults({.errors = args.faults, .latencies = args.latencies, .drop = args.drop}));
  print_faults(context.output(), faults);
  return ExitCode::kDone;
}

}  // namespace

Command fault_add() {
  return command<FaultAddArgs>({
      .name = "fault add",
      .summary = "Make a running broker fail on purpose",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kUnasked,
      .options = {option("--fault", &FaultAddArgs::faults)
                      .value("API:ERROR[:N]")
                      .help("Answer requests of this API with this error, the next N or all"),
                  option("--latency", &FaultAddArgs::latencies)
                      .value("API=DURATION[-DURATION]")
                      .help("Hold back answers of this API for so long"),
                  option("--drop", &FaultAddArgs::drop)
                      .value("PERCENT")
                      .help("Close the connection instead of answering so many of all requests"),
                  option("--data-dir", &FaultAddArgs::data_dir)
                      .kind(ValueKind::kDirectory)
                      .value("DIR")
                      .help("The broker that keeps its data here")
                      .fallback("the broker of -b, or of $KREEL_CONTROL")},
      .details =
          "Rehearses an outage with your own clients. API is Kafka's name of a request, as "
          "produce, list_offsets or ListOffsets, or all; kreel errors lists the errors. A request "
          "that gets an error is not carried out; of those that --drop meets, half are. Errors of "
          "one API are used up one after the other; a latency takes the place of the one that its "
          "API had. Prints all faults that the broker has then.\n\nThe broker must be kreel's, of "
          "this machine and this user: the order goes through a socket in its data directory.",
      .check = check,
      .examples = {{"kreel fault add --fault produce:NOT_LEADER_OR_FOLLOWER:3",
                    "The next three Produce requests"},
                   {"kreel fault add --latency fetch=100ms-300ms --drop 1%", "A bad network"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused},
      .see_also = {"fault list", "fault clear", "serve", "errors"},
  });
}

}  // namespace kreel::commands
