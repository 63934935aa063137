#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/certificates.hpp"
#include "cli/files.hpp"

namespace kreel::commands {
namespace {

struct CertsCheckArgs {
  std::vector<std::string> targets;
  std::optional<std::string> ca;
  std::optional<std::string> host;
  std::optional<std::string> password;
  std::chrono::milliseconds warn{std::chrono::hours(24 * 30)};
};

bool is_address(const std::string& target) {
  return !file_exists(target) && target.find(':') != std::string::npos &&
         Endpoint::parse(target).has_value();
}

// Whom the flags trust, or else the client's own settings.
Result<std::string> trusted_pem(const CertsCheckArgs& args, const ClientConfig* config) {
  if (args.ca) return read_certificates_file(*args.ca);
  if (config == nullptr) return std::string();
  const auto text = config->properties.find("ssl.ca.pem");
  if (text != config->properties.end()) return text->second;
  const auto file = config->properties.find("ssl.ca.location");
  if (file == config->properties.end()) return std::string();
  return read_certificates_file(file->second);
}

Result<certs::Report> report_of_server(const CertsCheckArgs& args, const Endpoint& server,
                                       const ClientConfig& config, certs::CheckOptions options) {
  TRY_ASSIGN(options.trusted_pem, trusted_pem(args, &config));
  return certs::check_server(server, config, options);
}

Result<certs::Report> report_of_file(const CertsCheckArgs& args, const std::string& path,
                                     certs::CheckOptions options) {
  TRY_ASSIGN(options.trusted_pem, trusted_pem(args, nullptr));
  TRY_ASSIGN(options.password, read_password(args.password, "--password"));
  TRY_ASSIGN(const std::string bytes, read_certificates_file(path));
  auto report = certs::check_file(bytes, options);
  if (!report) return fail(std::move(report).error().with_context(path));
  return report;
}

// All reports, of servers and of files.
Result<std::vector<certs::Report>> make_reports(const CertsCheckArgs& args,
                                                CommandContext& context) {
  certs::CheckOptions options;
  options.host = args.host.value_or("");
  options.now_ms = context.now_ms();
  options.warn_ms = args.warn.count();
  TRY_ASSIGN(const ClientConfig config, client_config(context, PropertyScope::kGlobal));
  std::vector<certs::Report> reports;
  for (const std::string& target : args.targets) {
    if (is_address(target)) {
      TRY_ASSIGN(const Endpoint server, Endpoint::parse(target));
      TRY_ASSIGN(reports.emplace_back(), report_of_server(args, server, config, options));
    } else {
      TRY_ASSIGN(reports.emplace_back(), report_of_file(args, target, options));
    }
  }
  if (!args.targets.empty()) return reports;
  for (const Endpoint& server : config.bootstrap_servers) {
    TRY_ASSIGN(reports.emplace_back(), report_of_server(args, server, config, options));
  }
  return reports;
}

// What fails now comes before what ends soon.
const Error* worst(const std::vector<certs::Report>& reports) {
  const Error* found = nullptr;
  for (const certs::Report& report : reports) {
    if (!report.problem) continue;
    const bool soon = report.problem->kind() == ErrorKind::kConditionFalse;
    if (found == nullptr || (found->kind() == ErrorKind::kConditionFalse && !soon)) {
      found = &*report.problem;
    }
  }
  return found;
}

Result<ExitCode> run(const CertsCheckArgs& args, CommandContext& context) {
  Output& output = context.output();
  TRY(output.begin("certs.check", {{"step"}, {"subject"}, {"state"}, {"detail"}}));
  TRY_ASSIGN(const auto reports, make_reports(args, context));
  for (const certs::Report& report : reports) {
    for (const certs::Finding& finding : report.findings) {
      output.row({finding.step, finding.subject, certs::to_string(finding.state), finding.detail});
    }
  }
  const Error* problem = worst(reports);
  if (problem != nullptr && output.is_json()) output.error(*problem);
  output.end();
  context.streams().out.flush_now();
  if (problem == nullptr) return ExitCode::kDone;
  if (!output.is_json()) output.error(*problem);
  return exit_code(problem->kind());
}

}  // namespace

Command certs_check() {
  return command<CertsCheckArgs>({
      .name = "certs check",
      .summary = "Explain certificates: chain, names, usage, end, and what to change",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {argument("HOST:PORT|FILE...", &CertsCheckArgs::targets)
                      .kind(ValueKind::kFile)
                      .optional(),
                  option("--ca", &CertsCheckArgs::ca)
                      .kind(ValueKind::kFile)
                      .value("FILE")
                      .help("Trust these authorities")
                      .fallback("ssl.ca.location, then the roots in FILE, then the system's"),
                  option("--host", &CertsCheckArgs::host)
                      .value("NAME")
                      .help("The name that must be among a broker's")
                      .fallback("HOST"),
                  option("--password", &CertsCheckArgs::password)
                      .value("env:VAR|file:PATH")
                      .help("Where the password of a PKCS12 store or an encrypted key is"),
                  option("--warn", &CertsCheckArgs::warn)
                      .help("End with 10 when a certificate expires within this time")},
      .details =
          "HOST:PORT is a TLS server, which is asked for its certificates as a Kafka client does; "
          "FILE is PEM, DER or a PKCS12 store. Without either, the brokers of flags, environment "
          "and profile. One line for each step: protocol, key, expiry, usage, names, chain, store; "
          "the last line names the first thing to change.\n\n"
          "Exit code 4 when a handshake would fail, 10 when all is well but a certificate expires "
          "within --warn.",
      .examples = {{"kreel certs check kafka.example.com:9093", "What a broker sends"},
                   {"kreel certs check certs/broker.crt --ca certs/ca.crt --warn 60d",
                    "A file, before the broker gets it"},
                   {"kreel certs check -F certs/kreel.profile", "The profile's brokers"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotFound,
                ExitCode::kBadInput, ExitCode::kIo, ExitCode::kConditionFalse},
      .see_also = {"certs show", "certs gen", "doctor"},
  });
}

}  // namespace kreel::commands
