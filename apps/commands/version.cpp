#include "cli/context.hpp"

namespace kreel::commands {
namespace {

struct VersionArgs {};

Result<ExitCode> run(const VersionArgs&, CommandContext& context) {
  context.streams().out.write("kreel " KREEL_VERSION "\n");
  return ExitCode::kDone;
}

}  // namespace

Command version() {
  return command<VersionArgs>({
      .name = "version",
      .summary = "Print kreel's version",
      .since = "0.1",
      .run = run,
      .examples = {{"kreel --version", "The same"}},
  });
}

}  // namespace kreel::commands
