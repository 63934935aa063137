#include "server/listener_checks.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "catalog/broker_configs.hpp"
#include "catalog/listener_settings.hpp"
#include "catalog/listeners.hpp"
#include "server/tls_settings.hpp"

namespace kreel::server {
namespace {

using catalog::Listener;
using catalog::SecurityFamily;

bool speaks(const Listener& listener, SecurityFamily family) {
  return family == SecurityFamily::kTls ? listener.has_tls() : listener.has_sasl();
}

/// Whether clients of this listener have to show who they are.
bool authenticates(const StartOptions& options, const Listener& listener) {
  if (listener.has_sasl()) return !options.unsecured_tokens;
  return listener.has_tls() &&
         equals_ignore_case(listener_setting(options, listener, "ssl.client.auth"), "required");
}

Result<void> check_exposure(const StartOptions& options) {
  for (const Listener& listener : options.config.listeners) {
    if (listener.is_loopback() || authenticates(options, listener)) continue;
    return fail(
        ErrorKind::kUsage,
        address_text(listener) + " can be reached by others, and nobody has to authenticate",
        "--sasl asks for passwords, ssl.client.auth=required for certificates; --insecure "
        "says that this is meant");
  }
  return {};
}

tl::unexpected<Error> without_effect(std::string_view name, std::string_view why,
                                     std::string_view hint) {
  return fail(ErrorKind::kUsage, fmt::format("{}: {}", escape_control(name), why),
              std::string(hint));
}

/// A setting of TLS or SASL, and the listeners that it is for.
class ProtectionCheck {
 public:
  ProtectionCheck(const StartOptions& options, std::string_view name)
      : options_(options), name_(name), setting_(catalog::parse_setting_name(name)) {}

  Result<void> check(const std::string& value) const {
    const auto* entry = catalog::find_broker_config(setting_.setting);
    const auto family = catalog::security_family(setting_.setting);
    if (entry == nullptr || !family || entry->use != catalog::BrokerConfigUse::kServed) return {};
    if (trim(value).empty() || value == entry->definition.default_value) return {};
    if (is_of_controller(*family)) return {};
    TRY(check_listener(*family));
    if (setting_.setting == "sasl.jaas.config" && setting_.mechanism.empty()) {
      return without_effect(name_, "it does not say for which listener and mechanism",
                            "listener.name.<name>.<mechanism>.sasl.jaas.config, in small letters");
    }
    return check_client_auth();
  }

 private:
  bool is_of_listener(const Listener& listener) const {
    return setting_.listener.empty() || to_lower(listener.name) == setting_.listener;
  }

  /// Kafka's files have settings for controllers, which do not exist here.
  bool is_of_controller(SecurityFamily family) const {
    const catalog::ConfigMap& settings = options_.config.set_by_user;
    const auto names = catalog::controller_listeners(settings);
    return std::ranges::any_of(names, [&](const std::string& name) {
      if (!setting_.listener.empty()) return to_lower(name) == setting_.listener;
      Listener controller;
      controller.protocol = catalog::protocol_by_name(settings, name).value_or("");
      return speaks(controller, family);
    });
  }

  Result<void> check_listener(SecurityFamily family) const {
    const auto& listeners = options_.config.listeners;
    const auto mine = [this](const Listener& each) { return is_of_listener(each); };
    if (std::ranges::none_of(listeners, mine)) {
      return without_effect(
          name_, fmt::format("there is no listener {}", escape_control(setting_.listener)),
          "its name is written in small letters here");
    }
    if (std::ranges::any_of(listeners,
                            [&](const auto& each) { return mine(each) && speaks(each, family); })) {
      return {};
    }
    const bool is_tls = family == SecurityFamily::kTls;
    const std::string who = setting_.listener.empty()
                                ? "no listener has"
                                : fmt::format("listener {} has no", setting_.listener);
    return without_effect(name_, fmt::format("{} {}", who, is_tls ? "TLS" : "SASL"),
                          is_tls
                              ? "--listen SSL://HOST:PORT or SASL_SSL://HOST:PORT, or leave it out"
                              : "--listen SASL_SSL://HOST:PORT, or leave it out");
  }

  /// With SASL the setting has to be the listener's own, as in Kafka (KIP-684).
  Result<void> check_client_auth() const {
    if (setting_.setting != "ssl.client.auth" || !setting_.listener.empty()) return {};
    const auto takes_it = [](const Listener& each) { return each.has_tls() && !each.has_sasl(); };
    if (std::ranges::any_of(options_.config.listeners, takes_it)) return {};
    return without_effect(name_, "SASL_SSL listeners take their own alone",
                          "listener.name.<name>.ssl.client.auth, the name in small letters");
  }

  const StartOptions& options_;
  std::string_view name_;
  catalog::SettingName setting_;
};

}  // namespace

Result<void> check_protection(const StartOptions& options, bool insecure) {
  const auto has_tls = [](const Listener& listener) { return listener.has_tls(); };
  if (!options.tls_directory.empty() && std::ranges::none_of(options.config.listeners, has_tls)) {
    return fail(ErrorKind::kUsage, "--tls: no listener has TLS",
                "--listen NAME=SSL://HOST:PORT, or no protocol at all");
  }
  for (const auto& [name, value] : options.given) {
    TRY(ProtectionCheck(options, name).check(value));
  }
  return insecure ? Result<void>() : check_exposure(options);
}

}  // namespace kreel::server
