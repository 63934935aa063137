#include <fmt/format.h>
#include <kreel/version.hpp>

#include "cli/context.hpp"

namespace kreel::commands {
namespace {

struct VersionArgs {};

Result<ExitCode> run(const VersionArgs&, CommandContext& context) {
  const Versions versions = kreel::versions();
  const std::string commit =
      versions.commit.empty() ? "" : fmt::format(" (commit {})", versions.commit);
  context.streams().out.write(fmt::format("kreel {}{}, librdkafka {}, OpenSSL {}\n", versions.kreel,
                                          commit, versions.librdkafka, versions.openssl));
  return ExitCode::kDone;
}

}  // namespace

Command version() {
  return command<VersionArgs>({
      .name = "version",
      .summary = "Print the versions of kreel, librdkafka and OpenSSL",
      .since = "0.1",
      .run = run,
      .examples = {{"kreel version", "For a bug report"}, {"kreel --version", "The same"}},
  });
}

}  // namespace kreel::commands
