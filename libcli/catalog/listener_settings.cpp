#include "catalog/listener_settings.hpp"

namespace kreel::catalog {

SettingName parse_setting_name(std::string_view name) {
  constexpr std::string_view kListenerPrefix = "listener.name.";
  SettingName parsed{.listener = {}, .mechanism = {}, .setting = name};
  if (!name.starts_with(kListenerPrefix)) return parsed;
  const auto dot = name.find('.', kListenerPrefix.size());
  if (dot == std::string_view::npos) return parsed;
  parsed.listener = name.substr(kListenerPrefix.size(), dot - kListenerPrefix.size());
  parsed.setting = name.substr(dot + 1);
  for (const std::string_view mechanism :
       {"plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "gssapi"}) {
    const bool is_first = parsed.setting.starts_with(mechanism) &&
                          parsed.setting.substr(mechanism.size()).starts_with('.');
    if (!is_first) continue;
    parsed.mechanism = mechanism;
    parsed.setting.remove_prefix(mechanism.size() + 1);
    break;
  }
  return parsed;
}

std::optional<SecurityFamily> security_family(std::string_view setting) {
  if (setting.starts_with("ssl.")) return SecurityFamily::kTls;
  if (setting.starts_with("sasl.") || setting == "connections.max.reauth.ms") {
    return SecurityFamily::kSasl;
  }
  return std::nullopt;
}

}  // namespace kreel::catalog
