#pragma once

#include <vector>

#include "base/result.hpp"
#include "catalog/broker_config.hpp"

namespace kreel::catalog {

/// From listeners, advertised.listeners, listener.security.protocol.map and
/// controller.listener.names, whose listeners are left out: this broker has no controllers to talk
/// to. Empty when `listeners` is not set. kUsage names the setting.
Result<std::vector<Listener>> resolve_listeners(const ConfigMap& configs);

/// Gives each listener that advertised.listeners names what it tells clients. kUsage for a name
/// that no listener has.
Result<void> advertise(const ConfigMap& configs, std::vector<Listener>& listeners);

}  // namespace kreel::catalog
