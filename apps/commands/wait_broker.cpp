#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/wait_until.hpp"

namespace kreel::commands {
namespace {

struct WaitBrokerArgs {};

Result<WaitStatus> look(AdminClient& admin) {
  TRY_ASSIGN(const ClusterInfo cluster, admin.describe_cluster());
  const auto count = static_cast<std::int64_t>(cluster.brokers.size());
  return WaitStatus{count > 0, counted(count, "broker")};
}

Result<ExitCode> run(const WaitBrokerArgs&, CommandContext& context) {
  TRY_ASSIGN(const Configuration* found, context.configuration());
  const std::string brokers(found->properties.value("bootstrap.servers"));
  return wait_until(context, brokers.empty() ? "the broker" : brokers, look);
}

}  // namespace

Command wait_broker() {
  return command<WaitBrokerArgs>({
      .name = "wait broker",
      .summary = "Wait until a broker answers",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker,
      .details =
          "Until a broker that -b, the environment or the profile names answers requests; a host "
          "that cannot be resolved yet is waited for as well. Exit code 10 when --timeout is over.",
      .examples = {{"kreel wait broker -b kafka:9092 --timeout 60s",
                    "Before the tests of a compose file"},
                   {"kreel wait broker -P prod --timeout 0s", "Is it there now? Exit 10 if not"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotAuthorized, ExitCode::kConditionFalse},
      .see_also = {"serve", "wait topic"},
  });
}

}  // namespace kreel::commands
