#include "catalog/listeners.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::catalog {
namespace {

constexpr std::string_view kProtocolMap = "listener.security.protocol.map";

struct Address {
  std::string name;
  std::string host;
  std::uint16_t port = 0;
};

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

std::string_view value_of(const ConfigMap& configs, std::string_view name) {
  const auto found = configs.find(name);
  return found == configs.end() ? std::string_view{} : std::string_view(found->second);
}

std::vector<std::string_view> elements_of(std::string_view list) {
  std::vector<std::string_view> elements;
  if (trim(list).empty()) return elements;
  for (const auto part : split(list, ',')) elements.push_back(trim(part));
  return elements;
}

// "NAME://HOST:PORT"; HOST may be empty or "[IPv6]".
Result<Address> parse_address(std::string_view setting, std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorKind::kUsage,
                fmt::format("{}: \"{}\" is not NAME://HOST:PORT", setting, escape_control(text)));
  };
  const auto scheme = text.find("://");
  const auto colon = text.rfind(':');
  if (scheme == std::string_view::npos || scheme == 0 || colon < scheme + 3) return bad();
  const auto port = parse_int32(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65'535) return bad();
  std::string_view host = text.substr(scheme + 3, colon - scheme - 3);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Address{to_upper(text.substr(0, scheme)), std::string(host),
                 static_cast<std::uint16_t>(*port)};
}

Result<std::vector<Address>> parse_addresses(const ConfigMap& configs, std::string_view setting) {
  std::vector<Address> addresses;
  std::set<std::string> names;
  for (const auto element : elements_of(value_of(configs, setting))) {
    TRY_ASSIGN(Address address, parse_address(setting, element));
    if (!names.insert(address.name).second) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: {} stands there twice", setting, escape_control(address.name)));
    }
    addresses.push_back(std::move(address));
  }
  return addresses;
}

// NAME:PROTOCOL,…; without the setting, names that are protocols mean themselves.
Result<std::map<std::string, std::string>> parse_protocol_map(const ConfigMap& configs) {
  constexpr std::string_view kSetting = kProtocolMap;
  std::map<std::string, std::string> protocols;
  for (const std::string_view name : kSecurityProtocols) {
    if (!configs.contains(kSetting)) protocols.emplace(name, name);
  }
  for (const auto element : elements_of(value_of(configs, kSetting))) {
    const auto colon = element.find(':');
    if (colon == std::string_view::npos) {
      return fail(ErrorKind::kUsage, fmt::format("{}: \"{}\" is not NAME:PROTOCOL", kSetting,
                                                 escape_control(element)));
    }
    protocols[to_upper(trim(element.substr(0, colon)))] = to_upper(trim(element.substr(colon + 1)));
  }
  return protocols;
}

Result<std::string> protocol_of(const std::map<std::string, std::string>& protocols,
                                const std::string& name) {
  const auto found = protocols.find(name);
  if (found == protocols.end()) {
    return fail(ErrorKind::kUsage,
                fmt::format("listeners: {} has no protocol", escape_control(name)),
                "listener.security.protocol.map gives it one");
  }
  if (std::ranges::find(kSecurityProtocols, found->second) == kSecurityProtocols.end()) {
    return fail(ErrorKind::kUsage,
                fmt::format("listeners: {} wants {}, which is none of {}", escape_control(name),
                            escape_control(found->second), fmt::join(kSecurityProtocols, ", ")));
  }
  return found->second;
}

}  // namespace

std::set<std::string> controller_listeners(const ConfigMap& configs) {
  std::set<std::string> names;
  for (const auto name : elements_of(value_of(configs, "controller.listener.names"))) {
    names.insert(to_upper(name));
  }
  return names;
}

std::optional<std::string> protocol_by_name(const ConfigMap& configs, std::string_view listener) {
  const auto protocols = parse_protocol_map(configs);
  if (!protocols) return std::nullopt;
  const auto found = protocols->find(to_upper(listener));
  if (found == protocols->end()) return std::nullopt;
  return found->second;
}

Result<void> advertise(const ConfigMap& configs, std::vector<Listener>& listeners) {
  TRY_ASSIGN(const auto advertised, parse_addresses(configs, "advertised.listeners"));
  const auto of_controllers = controller_listeners(configs);
  for (const Address& address : advertised) {
    if (of_controllers.contains(address.name)) continue;
    const auto listener = std::ranges::find(listeners, address.name, &Listener::name);
    if (listener == listeners.end()) {
      return fail(ErrorKind::kUsage, fmt::format("advertised.listeners: listeners has no {}",
                                                 escape_control(address.name)));
    }
    if (address.host.empty() || address.host == "0.0.0.0") {
      return fail(
          ErrorKind::kUsage,
          fmt::format("advertised.listeners: clients cannot connect to \"{}\"", address.host));
    }
    listener->advertised_host = address.host;
    listener->advertised_port = address.port;
  }
  return {};
}

Result<std::vector<Listener>> resolve_listeners(const ConfigMap& configs) {
  TRY_ASSIGN(const auto addresses, parse_addresses(configs, "listeners"));
  TRY_ASSIGN(const auto protocols, parse_protocol_map(configs));
  const auto of_controllers = controller_listeners(configs);
  std::vector<Listener> listeners;
  for (const Address& address : addresses) {
    if (of_controllers.contains(address.name)) continue;
    Listener listener;
    listener.name = address.name;
    TRY_ASSIGN(listener.protocol, protocol_of(protocols, address.name));
    listener.host = address.host;
    listener.port = address.port;
    listeners.push_back(std::move(listener));
  }
  if (!listeners.empty()) TRY(advertise(configs, listeners));
  return listeners;
}

}  // namespace kreel::catalog
