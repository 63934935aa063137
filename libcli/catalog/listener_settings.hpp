#pragma once

#include <optional>
#include <string_view>

namespace kreel::catalog {

/// "listener.name.inside.plain.sasl.jaas.config": "inside", "plain" and "sasl.jaas.config".
/// Listener and mechanism are empty where the name has none.
struct SettingName {
  std::string_view listener;
  std::string_view mechanism;
  std::string_view setting;
};

SettingName parse_setting_name(std::string_view name);

/// What a setting of a listener's protection belongs to.
enum class SecurityFamily { kTls, kSasl };

/// Of the part behind listener and mechanism; nullopt for a setting of neither.
std::optional<SecurityFamily> security_family(std::string_view setting);

}  // namespace kreel::catalog
