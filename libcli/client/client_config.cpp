#include "kreel/client_config.hpp"

#include <fmt/format.h>

#include "base/host_and_port.hpp"
#include "base/text.hpp"

namespace kreel {
namespace {

constexpr std::string_view kProtocolNames[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};

tl::unexpected<Error> malformed(std::string_view key, std::string_view value,
                                std::string_view expected) {
  return fail(ErrorKind::kUsage, fmt::format("{}={}: expected {}", key, value, expected));
}

Result<std::vector<Endpoint>> parse_servers(std::string_view key, std::string_view list) {
  std::vector<Endpoint> servers;
  for (const std::string_view part : split(list, ',')) {
    if (trim(part).empty()) continue;
    TRY_ASSIGN(Endpoint endpoint, Endpoint::parse(trim(part)));
    servers.push_back(std::move(endpoint));
  }
  if (servers.empty()) return malformed(key, list, "HOST:PORT,…");
  return servers;
}

Result<SecurityProtocol> parse_protocol(std::string_view value) {
  for (std::size_t i = 0; i < std::size(kProtocolNames); ++i) {
    if (equals_ignore_case(value, kProtocolNames[i])) return static_cast<SecurityProtocol>(i);
  }
  return malformed("security.protocol", value, "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
}

Result<AddressFamily> parse_family(std::string_view value) {
  if (value == "any") return AddressFamily::kAny;
  if (value == "v4") return AddressFamily::kV4;
  if (value == "v6") return AddressFamily::kV6;
  return malformed("broker.address.family", value, "any, v4 or v6");
}

Result<void> apply(ClientConfig& config, const std::string& key, const std::string& value) {
  if (key == "bootstrap.servers" || key == "metadata.broker.list") {
    TRY_ASSIGN(config.bootstrap_servers, parse_servers(key, value));
  } else if (key == "client.id") {
    config.client_id = value;
  } else if (key == "security.protocol") {
    TRY_ASSIGN(config.security_protocol, parse_protocol(value));
  } else if (key == "broker.address.family") {
    TRY_ASSIGN(config.address_family, parse_family(value));
  } else if (key == "socket.timeout.ms") {
    const auto timeout_ms = parse_int64(value);
    if (!timeout_ms || *timeout_ms < 10 || *timeout_ms > 300'000) {
      return malformed(key, value, "10 to 300000 milliseconds");
    }
    config.timeout_ms = *timeout_ms;
  }
  return {};
}

}  // namespace

std::string_view to_string(SecurityProtocol protocol) {
  return kProtocolNames[static_cast<std::size_t>(protocol)];
}

std::string Endpoint::to_string() const {
  return host_and_port(host, port);
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto wrong = [text] {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a HOST:PORT", escape_control(text)));
  };
  std::string_view rest = text;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    rest.remove_prefix(scheme + 3);
  }
  Endpoint endpoint;
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return wrong();
    endpoint.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else {
    // More than one colon without brackets is an IPv6 address without a port.
    const auto colon = rest.find(':');
    const bool has_port = colon != std::string_view::npos && colon == rest.rfind(':');
    endpoint.host = has_port ? rest.substr(0, colon) : rest;
    port = has_port ? rest.substr(colon) : std::string_view();
  }
  if (endpoint.host.empty()) return wrong();
  if (port.empty()) return endpoint;
  const auto number = parse_int32(port.substr(1));
  if (!port.starts_with(':') || !number || *number < 1 || *number > 65'535) return wrong();
  endpoint.port = static_cast<std::uint16_t>(*number);
  return endpoint;
}

Result<ClientConfig> ClientConfig::from_properties(std::map<std::string, std::string> properties) {
  ClientConfig config;
  for (const auto& [key, value] : properties) TRY(apply(config, key, value));
  config.properties = std::move(properties);
  return config;
}

}  // namespace kreel
