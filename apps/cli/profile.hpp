#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kreel/result.hpp>

#include "cli/globals.hpp"
#include "cli/ini.hpp"
#include "cli/properties.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {

struct Warning {
  std::string message;
  std::string hint;
};

// What the flags, the environment and the configuration file say together.
struct Configuration {
  Properties properties;                  // of Kafka clients, by canonical names
  std::optional<std::string> profile;     // the profile in use
  bool profile_was_typed = false;         // by -P, not by KREEL_PROFILE
  bool is_protected = false;              // kreel.protected
  std::optional<std::string> cluster_id;  // kreel.cluster.id
  std::vector<Warning> warnings;          // unknown names
};

// $XDG_CONFIG_HOME/kreel/config, or ~/.config/kreel/config.
std::string config_path(const Environment& environment);

// The sections of the configuration file; none when there is no file.
Result<std::vector<IniSection>> load_config(const Environment& environment);
// "prod" of "profile prod"; nullopt for other sections.
std::optional<std::string> profile_name(const IniSection& section);

// Order, strongest first: -b and other flags, -X, -F, KREEL_*, profile, [defaults], built in.
//   KREEL_BROKERS  bootstrap.servers       KREEL_PROFILE  as -P
//   KREEL_X_NAME   any property: KREEL_X_SASL_USERNAME is sasl.username
// kUsage for a profile that does not exist and for files that cannot be understood.
Result<Configuration> resolve_configuration(const GlobalArgs& globals,
                                            const Environment& environment);

}  // namespace kreel::cli
