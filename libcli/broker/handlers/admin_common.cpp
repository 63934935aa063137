#include "broker/handlers/admin_common.hpp"

#include <unistd.h>

#include <array>

namespace kreel::broker {
namespace {

constexpr std::size_t kMessageBytesMax = 2'000;

// "Any address" is nothing that a client can connect to.
bool is_wildcard(std::string_view host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

const std::string& host_name() {
  static const std::string kName = [] {
    std::array<char, 256> name{};
    const bool known = ::gethostname(name.data(), name.size() - 1) == 0;
    return known ? std::string(name.data()) : std::string("localhost");
  }();
  return kName;
}

}  // namespace

BrokerAddress own_address(const RequestContext& context) {
  const catalog::BrokerConfig& config = context.broker.config();
  const catalog::Listener& listener = context.broker.advertised(context.connection.listener_name);
  BrokerAddress address;
  address.node_id = config.node_id;
  address.host = listener.advertised_host.empty() ? listener.host : listener.advertised_host;
  if (is_wildcard(address.host)) {
    // Where the client came from it can come again; a certificate, though, has names.
    const std::string& reached = context.connection.local_host;
    const bool is_tls = listener.protocol.ends_with("SSL");
    address.host = is_tls || reached.empty() ? host_name() : reached;
  }
  address.port = listener.advertised_port == 0 ? listener.port : listener.advertised_port;
  const auto rack = config.set_by_user.find("broker.rack");
  if (rack != config.set_by_user.end()) address.rack = rack->second;
  return address;
}

catalog::BrokerLayers broker_layers(const Broker& broker, const catalog::Snapshot& snapshot) {
  return {.broker = snapshot.broker_overrides(),
          .default_broker = snapshot.default_broker_overrides(),
          .set_by_user = broker.config().set_by_user};
}

std::optional<std::string> reply_message(std::string text) {
  if (text.empty()) return std::nullopt;
  if (text.size() > kMessageBytesMax) text.resize(kMessageBytesMax);
  return text;
}

}  // namespace kreel::broker
