#include "cli/serve_tls.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <kreel/certs.hpp>
#include <kreel/client_config.hpp>

#include "cli/certificates.hpp"
#include "cli/files.hpp"
#include "cli/new_file.hpp"

namespace kreel::cli {
namespace {

bool is_every_address(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

bool has_tls(const ListenerAddress& listener) {
  return listener.protocol.ends_with("SSL");
}

// Names that clients check, beside those of this machine.
std::vector<std::string> names_of(const std::vector<ListenerAddress>& listeners) {
  std::vector<std::string> names;
  for (const ListenerAddress& listener : listeners) {
    if (!has_tls(listener)) continue;
    for (const std::string& host : {listener.advertised_host, listener.host}) {
      const bool known = std::ranges::find(names, host) != names.end();
      if (!is_every_address(host) && !known) names.push_back(host);
    }
  }
  return names;
}

Result<bool> names_host(const std::string& directory, const std::string& host,
                        const CommandContext& context) {
  certs::CheckOptions options;
  options.host = host;
  options.now_ms = context.now_ms();
  TRY_ASSIGN(options.trusted_pem, read_file(directory + "/ca.crt"));
  TRY_ASSIGN(const std::string file, read_file(directory + "/broker.crt"));
  TRY_ASSIGN(const certs::Report report, certs::check_file(file, options));
  return std::ranges::none_of(report.findings, [](const certs::Finding& finding) {
    return finding.step == "names" && finding.state == certs::Finding::State::kFail;
  });
}

// Where this machine reaches it.
std::string address_of(const ListenerAddress& listener) {
  const bool told = !is_every_address(listener.advertised_host);
  const bool anywhere = is_every_address(listener.host);
  const std::string host =
      told ? listener.advertised_host : (anywhere ? "localhost" : listener.host);
  const std::uint16_t port =
      listener.advertised_port == 0 ? listener.port : listener.advertised_port;
  return Endpoint{host, port}.to_string();
}

// `text`, which has a line above it, with `address` as its bootstrap.servers.
std::string with_address(std::string text, const std::string& address) {
  constexpr std::string_view kServers = "\nbootstrap.servers=";
  const auto found = text.find(kServers);
  if (found == std::string::npos) return text;
  const std::size_t at = found + kServers.size();
  return text.replace(at, text.find('\n', at) - at, address);
}

// The broker has certificates elsewhere than in the directory of --tls, or wants some.
bool has_own_settings(const BrokerOptions& options) {
  return std::ranges::any_of(options.config, [](const auto& setting) {
    return setting.first.find("ssl.keystore.") != std::string::npos ||
           setting.first.find("ssl.truststore.") != std::string::npos;
  });
}

bool may_ask_for_certificates(const BrokerOptions& options) {
  return std::ranges::any_of(options.config, [](const auto& setting) {
    return setting.first.ends_with("ssl.client.auth") && setting.second != "none";
  });
}

}  // namespace

Result<void> prepare_certificates(const std::string& directory,
                                  const std::vector<ListenerAddress>& listeners,
                                  CommandContext& context) {
  const std::vector<std::string> wanted = names_of(listeners);
  if (!file_exists(directory + "/broker.crt")) {
    certs::SetOptions options;
    options.directory = directory;
    options.hosts = certs::default_hosts();
    for (const std::string& name : wanted) {
      const bool known = std::ranges::find(options.hosts, name) != options.hosts.end();
      if (!known) options.hosts.push_back(name);
    }
    options.clients = {"client"};
    options.now_ms = context.now_ms();
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), error);
    const auto made = write_certificates(options, directory, false);
    // Another start may have been faster.
    if (!made && !file_exists(directory + "/broker.crt")) return fail(made.error());
    context.note("made certificates in " + directory);
    return {};
  }
  for (const std::string& name : wanted) {
    TRY_ASSIGN(const bool fits, names_host(directory, name, context));
    if (fits) continue;
    context.warn(fmt::format("the certificate of --tls auto is not for {}", name),
                 fmt::format("remove {} and start again, or --tls DIR with those of kreel certs "
                             "gen --host {}",
                             directory, name));
  }
  return {};
}

Result<void> tell_address(const std::string& directory,
                          const std::vector<ListenerAddress>& listeners) {
  const auto tls = std::ranges::find(listeners, "SSL", &ListenerAddress::protocol);
  if (tls == listeners.end()) return {};
  for (const char* name : {"kreel.profile", "client.properties"}) {
    const std::string path = fmt::format("{}/{}", directory, name);
    if (!file_exists(path)) continue;
    TRY_ASSIGN(const std::string before, read_file(path));
    const std::string after = with_address(before, address_of(*tls));
    if (after != before) TRY(replace_secret_file(path, after));
  }
  return {};
}

std::string way_in(const BrokerOptions& options, const ListenerAddress& listener) {
  if (listener.protocol == "PLAINTEXT") return "";
  std::string line = "kreel topics list -b " + address_of(listener);
  const std::string authority = options.tls_directory + "/ca.crt";
  const bool knows_authority =
      !options.tls_directory.empty() && !has_own_settings(options) && file_exists(authority);
  if (has_tls(listener) && !knows_authority) return "";
  if (listener.protocol == "SSL") {
    const std::string profile = options.tls_directory + "/kreel.profile";
    if (file_exists(profile)) return fmt::format("{} -F {}", line, profile);
    if (may_ask_for_certificates(options)) return "";
    return fmt::format("{} --tls -X ssl.ca.location={}", line, authority);
  }
  if (options.sasl_users.empty()) return "";
  const SaslUser& user = options.sasl_users.front();
  line += " -X security.protocol=" + listener.protocol;
  if (has_tls(listener)) line += " -X ssl.ca.location=" + authority;
  return fmt::format("{} -X sasl.mechanism={} -X sasl.username={} -X sasl.password=env:PASSWORD",
                     line, user.mechanism, user.name);
}

}  // namespace kreel::cli
