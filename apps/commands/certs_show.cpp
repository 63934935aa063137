#include <fmt/format.h>

#include "cli/certificates.hpp"
#include "cli/context.hpp"

namespace kreel::commands {
namespace {

struct CertsShowArgs {
  std::string file;
  std::optional<std::string> password;
};

Value joined_or_list(const std::vector<std::string>& words, bool json) {
  if (!json) return fmt::format("{}", fmt::join(words, ", "));
  Value::Array list;
  for (const std::string& word : words) list.emplace_back(word);
  return list;
}

Result<ExitCode> run(const CertsShowArgs& args, CommandContext& context) {
  TRY_ASSIGN(const std::string password, read_password(args.password, "--password"));
  TRY_ASSIGN(const std::string bytes, read_certificates_file(args.file));
  auto entries = certs::read_entries(bytes, password);
  if (!entries) return fail(std::move(entries).error().with_context(args.file));
  using Show = Column::Show;
  Output& output = context.output();
  TRY(output.begin("certs.show", {{"kind"},
                                  {"subject"},
                                  {"names"},
                                  {"usages"},
                                  {"key"},
                                  {"not_after", Show::kAlways, Column::Kind::kTimeMs},
                                  {"issuer", Show::kWide},
                                  {"principal", Show::kWide},
                                  {"alias", Show::kWide},
                                  {"serial", Show::kWide},
                                  {"signature", Show::kWide},
                                  {"not_before", Show::kWide, Column::Kind::kTimeMs},
                                  {"fingerprint", Show::kWide}}));
  const bool json = output.is_json();
  for (const certs::Entry& entry : *entries) {
    output.row({certs::to_string(entry.kind), text_or_null(entry.subject),
                joined_or_list(entry.names, json), joined_or_list(entry.usages, json), entry.key,
                entry.not_after_ms, text_or_null(entry.issuer), text_or_null(entry.principal),
                text_or_null(entry.alias), text_or_null(entry.serial),
                text_or_null(entry.signature), entry.not_before_ms,
                text_or_null(entry.fingerprint)});
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command certs_show() {
  return command<CertsShowArgs>({
      .name = "certs show",
      .summary = "Show what a file of certificates holds",
      .since = "0.1",
      .run = run,
      .uses = kPrint,
      .options = {argument("FILE", &CertsShowArgs::file).kind(ValueKind::kFile),
                  option("--password", &CertsShowArgs::password)
                      .value("env:VAR|file:PATH")
                      .help("Where the password of a PKCS12 store or an encrypted key is")},
      .details =
          "FILE is PEM, DER or a PKCS12 store. One line for each certificate, request and private "
          "key; of a key its kind alone is shown. -o wide and -o json have issuer, alias, serial "
          "number, signature and fingerprint (SHA-256), too, and the principal: who a client with "
          "the certificate is to brokers that have no ssl.principal.mapping.rules.",
      .examples = {{"kreel certs show certs/broker.crt", "Names, usages and the end"},
                   {"kreel certs show certs/truststore.p12 --password file:secret",
                    "A store of Java's"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotFound, ExitCode::kBadInput, ExitCode::kIo},
      .see_also = {"certs check", "certs gen"},
  });
}

}  // namespace kreel::commands
