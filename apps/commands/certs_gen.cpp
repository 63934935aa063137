#include <filesystem>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/certificates.hpp"
#include "cli/context.hpp"

namespace kreel::commands {
namespace {

struct CertsGenArgs {
  std::string out = "certs";
  std::vector<std::string> hosts;
  std::vector<std::string> clients;
  std::string bootstrap;
  std::string key = "ecdsa-p256";
  std::string stores = "modern";
  std::int32_t days = 365;
  std::optional<std::string> ca_cert;
  std::optional<std::string> ca_key;
  std::optional<std::string> ca_key_password;
  bool csr = false;
  bool force = false;
};

certs::KeyKind key_kind(const std::string& name) {
  if (name == "rsa-2048") return certs::KeyKind::kRsa2048;
  return name == "rsa-4096" ? certs::KeyKind::kRsa4096 : certs::KeyKind::kEcdsaP256;
}

Result<std::optional<certs::Authority>> authority(const CertsGenArgs& args) {
  if (!args.ca_cert) return std::optional<certs::Authority>();
  certs::Authority found;
  TRY_ASSIGN(found.certificates_pem, read_certificates_file(*args.ca_cert));
  TRY_ASSIGN(found.key_pem, read_certificates_file(*args.ca_key));
  TRY_ASSIGN(found.key_password, read_password(args.ca_key_password, "--ca-key-password"));
  return std::optional(std::move(found));
}

Result<certs::SetOptions> set_options(const CertsGenArgs& args, const CommandContext& context) {
  certs::SetOptions options;
  options.directory = std::filesystem::absolute(args.out).lexically_normal().string();
  if (options.directory.ends_with('/')) options.directory.pop_back();
  options.hosts = args.hosts;
  options.clients = args.clients;
  options.bootstrap = args.bootstrap;
  // One more client of an authority needs no other broker, and the other way round.
  const bool all = !args.ca_cert || (args.hosts.empty() && args.clients.empty());
  if (all && args.hosts.empty()) options.hosts = certs::default_hosts();
  if (all && args.clients.empty()) options.clients = {"client"};
  options.key = key_kind(args.key);
  options.stores = args.stores == "legacy" ? certs::StoreKind::kLegacy : certs::StoreKind::kModern;
  options.days = args.days;
  options.requests_only = args.csr;
  options.now_ms = context.now_ms();
  TRY_ASSIGN(options.authority, authority(args));
  go_with_set(args.out, options);
  return options;
}

Result<void> check(const CertsGenArgs& args) {
  for (const std::string_view part : split(args.bootstrap, ',')) {
    if (!args.bootstrap.empty()) TRY(Endpoint::parse(part));
  }
  if (args.ca_cert.has_value() != args.ca_key.has_value()) {
    return fail(ErrorKind::kUsage, "an authority is a certificate and its key",
                "--ca-cert FILE --ca-key FILE");
  }
  if (args.ca_key_password && !args.ca_key) {
    return fail(ErrorKind::kUsage, "--ca-key-password: there is no --ca-key");
  }
  return {};
}

std::string next_step(const CertsGenArgs& args, const certs::SetOptions& options) {
  if (args.csr) return "have the requests signed; the keys stay here";
  if (options.hosts.empty() && options.bootstrap.empty()) {
    return fmt::format("made in {}: where the brokers are is left to fill in (bootstrap.servers)",
                       args.out);
  }
  if (options.hosts.empty() || options.clients.empty()) return "made in " + args.out;
  return fmt::format("kreel serve --tls {0} --listen {1}; kreel topics list -F {0}/{2}.profile",
                     args.out, Endpoint{options.hosts.front(), 9093}.to_string(),
                     options.clients.size() == 1 ? "kreel" : options.clients.front());
}

Result<ExitCode> run(const CertsGenArgs& args, CommandContext& context) {
  TRY_ASSIGN(const certs::SetOptions options, set_options(args, context));
  Output& output = context.output();
  TRY(output.begin("certs.gen", {{"file"}, {"mode"}, {"what"}}));
  TRY_ASSIGN(const auto files, write_certificates(options, args.out, args.force));
  for (const certs::SetFile& file : files) {
    output.row({file.name, file.is_secret ? "0600" : "0644", file.what});
  }
  output.end();
  if (!is_for_owner_alone(args.out)) {
    context.warn("--out: others can look into " + args.out, "chmod 700 " + args.out);
  }
  context.note(next_step(args, options));
  return ExitCode::kDone;
}

}  // namespace

Command certs_gen() {
  return command<CertsGenArgs>({
      .name = "certs gen",
      .summary = "Make an authority, and certificates of a broker and its clients",
      .since = "0.1",
      .run = run,
      .uses = kPrint,
      .options = {option("--out", &CertsGenArgs::out)
                      .kind(ValueKind::kDirectory)
                      .value("DIR")
                      .help("Where the files go; made for its owner alone when it is not there"),
                  option("--host", &CertsGenArgs::hosts)
                      .value("NAME")
                      .help("A name or address of the broker that clients connect to")
                      .fallback("localhost, this machine's name, 127.0.0.1, ::1"),
                  option("--client", &CertsGenArgs::clients)
                      .value("NAME")
                      .help("A client, with files of its name; brokers see it as User:CN=NAME")
                      .fallback("client"),
                  option("--bootstrap", &CertsGenArgs::bootstrap)
                      .value("HOST:PORT,...")
                      .help("The brokers in the clients' settings")
                      .fallback("the first --host, port 9093"),
                  option("--key", &CertsGenArgs::key)
                      .choices({"ecdsa-p256", "rsa-2048", "rsa-4096"})
                      .help("What keys to make"),
                  option("--days", &CertsGenArgs::days)
                      .range(1, 825)
                      .help(
                          "How long brokers' and clients' certificates last; the authority's 1825"),
                  option("--stores", &CertsGenArgs::stores)
                      .choices({"modern", "legacy"})
                      .help("How PKCS12 stores are encrypted; legacy is for Java before 8u301"),
                  option("--ca-cert", &CertsGenArgs::ca_cert)
                      .kind(ValueKind::kFile)
                      .value("FILE")
                      .help("Sign with this authority; behind it its issuers, up to the root"),
                  option("--ca-key", &CertsGenArgs::ca_key)
                      .kind(ValueKind::kFile)
                      .value("FILE")
                      .help("The private key of that authority"),
                  option("--ca-key-password", &CertsGenArgs::ca_key_password)
                      .value("env:VAR|file:PATH")
                      .help("Where the password of that key is"),
                  option("--csr", &CertsGenArgs::csr)
                      .help("Make keys and requests, for an authority elsewhere to sign"),
                  option("--force", &CertsGenArgs::force)
                      .help("Replace files of these names, which are kept with .bak behind")},
      .details =
          "Makes, in --out: ca.crt and ca.key, the authority; broker.crt, broker.key and "
          "broker.keystore.p12; client.crt, client.key and client.keystore.p12; truststore.p12; "
          "client.properties for Java, kreel.profile for kreel -F and kcat -F, and "
          "server.properties, the lines of a broker. Keys are not encrypted; "
          "they and every file with a password have mode 0600. All files are made, or none.\n\n"
          "With an authority of --ca-cert, --host alone makes a broker's files and --client alone "
          "a client's. With several clients each has its own NAME.properties and NAME.profile. "
          "Where "
          "--out has a set of the same authority, its ca.crt and truststore.p12 stay as they are: "
          "so a "
          "client is added, and --force renews what has a term. Without a broker there and without "
          "--bootstrap, the brokers are left to fill in.\n\n"
          "ca.key signs whatever is trusted: keep it away from brokers and clients.",
      .exclusive = {{"--csr", "--ca-cert"}},
      .check = check,
      .examples = {{"kreel certs gen", "All in ./certs, for this machine"},
                   {"kreel certs gen --host kafka.example.com --host 10.0.0.5 --client app",
                    "A broker with two names, and the client app"},
                   {"kreel certs gen --client bob --ca-cert ca.crt --ca-key ca.key --out bob",
                    "One more client"},
                   {"kreel certs gen --ca-cert certs/ca.crt --ca-key certs/ca.key --force",
                    "The broker's certificate in ./certs anew, for another year"},
                   {"kreel certs gen --csr --host kafka.example.com --out requests",
                    "For the company's own authority"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotFound, ExitCode::kRefused,
                ExitCode::kBadInput, ExitCode::kIo},
      .see_also = {"certs check", "certs show"},
  });
}

}  // namespace kreel::commands
