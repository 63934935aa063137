#include "server/tls_settings.hpp"

#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::server {
namespace {

using security::Secret;

std::optional<std::string> own_setting(const StartOptions& options,
                                       const catalog::Listener& listener,
                                       std::string_view setting) {
  const auto own =
      options.given.find(fmt::format("listener.name.{}.{}", to_lower(listener.name), setting));
  if (own == options.given.end()) return std::nullopt;
  return own->second;
}

/// The settings of one listener.
class TlsReader {
 public:
  TlsReader(const StartOptions& options, const catalog::Listener& listener)
      : options_(options), listener_(listener) {}

  Result<security::TlsServer::Options> read() const {
    TRY(check_store_type("ssl.keystore.type"));
    TRY(check_store_type("ssl.truststore.type"));
    TRY_ASSIGN(const auto settings, read_settings());
    TRY_ASSIGN(auto rules, security::PrincipalRules::parse(text("ssl.principal.mapping.rules")));
    return security::TlsServer::Options{sources(), settings, std::move(rules)};
  }

 private:
  std::string text(std::string_view setting) const {
    return listener_setting(options_, listener_, setting);
  }

  /// What a store is shows in its first bytes, so the type only has to be one.
  Result<void> check_store_type(std::string_view setting) const {
    const std::string type = text(setting);
    for (const auto* known : {"", "PKCS12", "PEM", "JKS"}) {
      if (equals_ignore_case(type, known)) return {};
    }
    return fail(ErrorKind::kUsage,
                fmt::format("{}: \"{}\" is not PKCS12 or PEM", setting, escape_control(type)));
  }

  security::TlsSources sources() const {
    security::TlsSources sources;
    const bool is_pem = equals_ignore_case(text("ssl.keystore.type"), "PEM");
    (is_pem ? sources.certificate_file : sources.keystore_file) = text("ssl.keystore.location");
    sources.keystore_password = Secret(text("ssl.keystore.password"));
    sources.key_password = Secret(text("ssl.key.password"));
    sources.certificate_pem = text("ssl.keystore.certificate.chain");
    sources.key_pem = Secret(text("ssl.keystore.key"));
    sources.trust_file = text("ssl.truststore.location");
    sources.trust_pem = text("ssl.truststore.certificates");
    sources.truststore_password = Secret(text("ssl.truststore.password"));
    if (options_.tls_directory.empty()) return sources;
    const bool has_own = !sources.keystore_file.empty() || !sources.certificate_file.empty() ||
                         !sources.certificate_pem.empty();
    if (!has_own) {
      sources.certificate_file = fs::join(options_.tls_directory, "broker.crt");
      sources.key_file = fs::join(options_.tls_directory, "broker.key");
    }
    if (sources.trust_file.empty() && sources.trust_pem.empty()) {
      sources.trust_file = fs::join(options_.tls_directory, "ca.crt");
    }
    return sources;
  }

  Result<security::TlsServerSettings> read_settings() const {
    security::TlsServerSettings settings;
    settings.cipher_suites = text("ssl.cipher.suites");
    TRY(read_protocols(settings));
    // With SASL the setting has to be the listener's own, as in Kafka (KIP-684).
    const std::string auth = listener_.has_sasl()
                                 ? own_setting(options_, listener_, "ssl.client.auth").value_or("")
                                 : text("ssl.client.auth");
    if (equals_ignore_case(auth, "required")) {
      settings.client_auth = security::ClientAuth::kRequired;
    } else if (equals_ignore_case(auth, "requested")) {
      settings.client_auth = security::ClientAuth::kRequested;
    } else if (!auth.empty() && !equals_ignore_case(auth, "none")) {
      return fail(ErrorKind::kUsage,
                  fmt::format("ssl.client.auth: \"{}\" is not none, requested or required",
                              escape_control(auth)));
    }
    return settings;
  }

  Result<void> read_protocols(security::TlsServerSettings& settings) const {
    const std::string list = text("ssl.enabled.protocols");
    if (trim(list).empty()) return {};
    bool older = false;
    bool newer = false;
    for (const std::string_view part : split(list, ',')) {
      const std::string_view name = trim(part);
      older = older || name == "TLSv1.2";
      newer = newer || name == "TLSv1.3";
      if (name == "TLSv1.2" || name == "TLSv1.3") continue;
      return fail(ErrorKind::kUsage,
                  fmt::format("ssl.enabled.protocols: \"{}\" is neither TLSv1.2 nor TLSv1.3",
                              escape_control(name)),
                  "older versions can be broken; kreel does not speak them");
    }
    if (!older) settings.version_min = TLS1_3_VERSION;
    if (!newer) settings.version_max = TLS1_2_VERSION;
    return {};
  }

  const StartOptions& options_;
  const catalog::Listener& listener_;
};

}  // namespace

std::string listener_setting(const StartOptions& options, const catalog::Listener& listener,
                             std::string_view setting) {
  if (auto own = own_setting(options, listener, setting)) return *own;
  const auto shared = options.config.set_by_user.find(setting);
  return shared == options.config.set_by_user.end() ? std::string() : shared->second;
}

Result<std::shared_ptr<security::TlsServer>> make_tls_server(fs::FileSystem& fs,
                                                             const StartOptions& options,
                                                             const catalog::Listener& listener) {
  if (!listener.has_tls()) return std::shared_ptr<security::TlsServer>();
  const auto told = [&](Error error) {
    return std::move(error).with_context(fmt::format("listener {}", listener.name));
  };
  auto settings = TlsReader(options, listener).read();
  if (!settings) return fail(told(std::move(settings).error()));
  auto server = security::TlsServer::open(fs, std::move(*settings));
  if (!server) return fail(told(std::move(server).error()));
  return server;
}

}  // namespace kreel::server
