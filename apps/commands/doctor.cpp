#include <cmath>
#include <optional>

#include <kreel/doctor.hpp>
#include <kreel/text.hpp>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct DoctorArgs {
  std::vector<std::string> brokers;
};

Result<ClientConfig> wanted_config(const DoctorArgs& args, CommandContext& context) {
  TRY_ASSIGN(ClientConfig config, client_config(context, PropertyScope::kGlobal));
  if (args.brokers.empty()) return config;
  config.bootstrap_servers.clear();
  for (const std::string& list : args.brokers) {
    for (const std::string_view server : split(list, ',')) {
      TRY_ASSIGN(Endpoint endpoint, Endpoint::parse(trim(server)));
      config.bootstrap_servers.push_back(std::move(endpoint));
    }
  }
  return config;
}

Result<ExitCode> run(const DoctorArgs& args, CommandContext& context) {
  TRY_ASSIGN(const ClientConfig config, wanted_config(args, context));
  Output& output = context.output();
  TRY(output.begin("doctor", {{"step"}, {"target"}, {"state"}, {"elapsed_ms"}, {"detail"}}));
  const Diagnosis diagnosis = diagnose(config);
  bool skipped = false;
  for (const HealthCheck& check : diagnosis.checks) {
    skipped = skipped || check.state == HealthCheck::State::kSkip;
    std::optional<double> elapsed_ms = check.elapsed_ms;
    if (elapsed_ms) elapsed_ms = std::round(*elapsed_ms * 10) / 10;
    output.row({check.step, check.target, to_string(check.state), elapsed_ms, check.detail});
  }
  if (!diagnosis.problem) {
    output.end();
    context.note(skipped ? "nothing found to change; what was skipped is not known"
                         : "healthy: nothing to change");
    return ExitCode::kDone;
  }
  // The one thing to change comes last.
  if (output.is_json()) output.error(*diagnosis.problem);
  output.end();
  context.streams().out.flush_now();
  if (!output.is_json()) output.error(*diagnosis.problem);
  return exit_code(diagnosis.problem->kind());
}

}  // namespace

Command doctor() {
  return command<DoctorArgs>({
      .name = "doctor",
      .summary = "Find out why a cluster cannot be reached, and what to change",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {argument("BROKER...", &DoctorArgs::brokers).kind(ValueKind::kBroker).optional()},
      .details =
          "Goes the way of a client, one line for each step: dns, tcp, tls with "
          "security.protocol=SSL, "
          "protocol (is it Kafka, TLS, HTTP, SSH), api_versions, sasl, metadata, and advertised, "
          "where every address that the brokers tell their clients is tried from here. The last "
          "line names the one thing to change. Nothing is changed, and nobody is logged in: steps "
          "behind SASL are skipped once the listener is known to be of that kind.\n\n"
          "BROKER is HOST:PORT; without it, the brokers of flags, environment and profile.",
      .examples = {{"kreel doctor", "The broker on 127.0.0.1:9092"},
                   {"kreel doctor kafka-1:9092", "Another one"},
                   {"kreel doctor -P prod -o json", "A profile's, for a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication},
      .see_also = {"cluster"},
  });
}

}  // namespace kreel::commands
