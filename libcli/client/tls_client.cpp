#include "client/tls_client.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "client/rdkafka_support.hpp"
#include "client/sasl_login.hpp"
#include "security/tls_context.hpp"
#include "security/tls_material.hpp"

namespace kreel::client {
namespace {

tl::unexpected<Error> bad_value(std::string_view name, std::string_view value,
                                std::string_view expected) {
  return fail(ErrorKind::kUsage,
              fmt::format("{}={}: expected {}", name, escape_control(value), expected));
}

Result<bool> read_switch(const ClientConfig& config, std::string_view name) {
  const std::string value = user_value(config, name, "true");
  for (const auto* yes : {"true", "t", "1"}) {
    if (equals_ignore_case(value, yes)) return true;
  }
  for (const auto* no : {"false", "f", "0"}) {
    if (equals_ignore_case(value, no)) return false;
  }
  return bad_value(name, value, "true or false");
}

Result<bool> read_identification(const ClientConfig& config) {
  constexpr std::string_view kName = "ssl.endpoint.identification.algorithm";
  const std::string value = user_value(config, kName, "https");
  if (equals_ignore_case(value, "https")) return true;
  if (equals_ignore_case(value, "none") || value.empty()) return false;
  return bad_value(kName, value, "https or none");
}

Result<void> refuse_unsupported(const ClientConfig& config) {
  for (const auto* name :
       {"ssl.crl.location", "ssl.engine.id", "ssl.engine.location", "ssl.providers"}) {
    if (!user_set(config, name)) continue;
    return fail(ErrorKind::kUsage, fmt::format("{}: kreel's own client does not have it", name),
                "leave it out here");
  }
  return {};
}

security::TlsSources sources_of(const ClientConfig& config) {
  const auto text = [&](std::string_view name) { return user_value(config, name, ""); };
  security::TlsSources sources;
  sources.certificate_file = text("ssl.certificate.location");
  sources.key_file = text("ssl.key.location");
  sources.certificate_pem = text("ssl.certificate.pem");
  sources.key_pem = security::Secret(text("ssl.key.pem"));
  sources.key_password = security::Secret(text("ssl.key.password"));
  sources.keystore_file = text("ssl.keystore.location");
  sources.keystore_password = security::Secret(text("ssl.keystore.password"));
  sources.trust_file = text("ssl.ca.location");
  if (sources.trust_file == "probe") sources.trust_file.clear();
  sources.trust_pem = text("ssl.ca.pem");
  return sources;
}

}  // namespace

Result<TlsClient> make_tls_client(const ClientConfig& config) {
  TRY(refuse_unsupported(config));
  TlsClient client;
  TRY_ASSIGN(client.verifies, read_switch(config, "enable.ssl.certificate.verification"));
  TRY_ASSIGN(client.verifies_host, read_identification(config));
  client.verifies_host = client.verifies_host && client.verifies;
  const auto fs = fs::make_posix_file_system();
  TRY_ASSIGN(const auto material, security::load_tls_material(*fs, sources_of(config)));
  security::TlsClientSettings settings;
  settings.verify = client.verifies;
  settings.ciphers = user_value(config, "ssl.cipher.suites", "");
  settings.curves = user_value(config, "ssl.curves.list", "");
  settings.signature_algorithms = user_value(config, "ssl.sigalgs.list", "");
  TRY_ASSIGN(client.context, security::make_client_context(material, settings));
  return client;
}

Result<std::unique_ptr<Connector>> make_connector(const ClientConfig& config) {
  std::unique_ptr<Connector> connector;
  if (has_tls(config.security_protocol)) {
    TRY_ASSIGN(TlsClient client, make_tls_client(config));
    connector = std::make_unique<TlsConnector>(std::move(client), config.address_family);
  } else {
    connector = std::make_unique<PlainConnector>(config.address_family);
  }
  if (!has_sasl(config.security_protocol)) return connector;
  // A login that cannot be made is told before anything is connected to.
  const bool is_named = !config.bootstrap_servers.empty();
  TRY(make_sasl_client(config, is_named ? config.bootstrap_servers.front().host : "localhost"));
  return std::make_unique<SaslConnector>(std::move(connector), config);
}

}  // namespace kreel::client
