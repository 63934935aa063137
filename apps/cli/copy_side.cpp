#include "cli/copy_side.hpp"

#include <map>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"

namespace kreel::cli {
namespace {

// The home directory and what else names files, but nothing that describes a cluster.
Environment without_cluster(const Environment& environment) {
  Environment kept;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("KREEL_")) kept.emplace(name, value);
  }
  return kept;
}

}  // namespace

Result<Configuration> CopySide::configuration(CommandContext& context) const {
  GlobalArgs globals;
  globals.profile = profile;
  globals.brokers = brokers;
  globals.debug = context.globals().debug;
  return resolve_configuration(globals, without_cluster(context.environment()));
}

Result<std::unique_ptr<AdminClient>> CopySide::connect(CommandContext& context) const {
  if (is_own()) return connect_admin(context);
  TRY_ASSIGN(const ClientConfig admin, config(context, PropertyScope::kGlobal));
  TRY_ASSIGN(const Configuration found, configuration(context));
  return connect_admin(admin, found);
}

Result<ClientConfig> CopySide::config(CommandContext& context, PropertyScope scope) const {
  if (is_own()) return client_config(context, scope);
  TRY_ASSIGN(const Configuration found, configuration(context));
  for (const Warning& warning : found.warnings) context.warn(warning.message, warning.hint);
  TRY(confirm_writes(context, scope, found));
  TRY_ASSIGN(const auto properties, client_properties(found.properties, scope));
  std::map<std::string, std::string> by_name;
  for (const ClientProperty& property : properties) by_name[property.name] = property.value;
  TRY_ASSIGN(ClientConfig config, ClientConfig::from_properties(std::move(by_name)));
  config.timeout_ms = context.timeout().count();
  return config;
}

Result<CopyAddress> parse_copy_address(std::string_view text) {
  CopyAddress address;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    address.profile = std::string(text.substr(0, slash));
    if (address.profile->empty()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("\"{}\": the profile's name is empty", escape_control(text)),
                  "PROFILE/TOPIC, or TOPIC alone");
    }
    text.remove_prefix(slash + 1);
  }
  TRY_ASSIGN(address.topic, parse_topic_partitions(text));
  return address;
}

}  // namespace kreel::cli
