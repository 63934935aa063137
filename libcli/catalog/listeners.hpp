#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "catalog/broker_config.hpp"

namespace kreel::catalog {

/// From listeners, advertised.listeners, listener.security.protocol.map and
/// controller.listener.names, whose listeners are left out: this broker has no controllers to talk
/// to. Empty when `listeners` is not set. kUsage names the setting.
Result<std::vector<Listener>> resolve_listeners(const ConfigMap& configs);

/// Those that controller.listener.names names, in capitals.
std::set<std::string> controller_listeners(const ConfigMap& configs);

/// What listener.security.protocol.map says of a listener of this name, or the name itself where
/// it is a protocol and the setting is not there; nullopt for others.
std::optional<std::string> protocol_by_name(const ConfigMap& configs, std::string_view listener);

/// Gives each listener that advertised.listeners names what it tells clients. kUsage for a name
/// that no listener has.
Result<void> advertise(const ConfigMap& configs, std::vector<Listener>& listeners);

}  // namespace kreel::catalog
