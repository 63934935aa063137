#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/client.hpp"

namespace kreel::kafka_tools {

// What kafka-configs is about: one type, or users and clients.
struct ConfigTarget {
  std::vector<std::string> types;  // "topics", "users", …
  // "" is the default; where there are fewer than types, the rest are all of them.
  std::vector<std::string> names;

  const std::string& type() const { return types.front(); }
  bool has_type(std::string_view type) const;
};

using ConfigSettings = std::vector<std::pair<std::string, std::string>>;
// What --alter is to do.
struct ConfigAlteration {
  ConfigSettings added;
  std::vector<std::string> deleted;
};

// "topic" of "topics".
std::string_view singular(std::string_view entity_type);
// nullopt for users, clients and ips, which are no resources.
std::optional<ConfigResourceType> resource_type_of(std::string_view entity_type);

// "k1=v1,k2=[a,b]": commas within brackets belong to the value.
Outcome<ConfigSettings> parse_settings(std::string_view text);
// The message alone, as Kafka shows it where settings do not fit.
tl::unexpected<JavaError> invalid_configuration(std::string message);

Outcome<void> describe_target(const ConfigTarget& target, bool all, AdminClient& admin,
                              ToolContext& context);
// For broker-loggers, too: the names of what there is.
Outcome<std::vector<ConfigEntry>> own_entries(const ConfigTarget& target, const std::string& name,
                                              bool all, AdminClient& admin);

// What is wrong with the names of settings for users, clients and ips; needs no broker.
Outcome<void> check_quota_names(const ConfigTarget& target, const ConfigAlteration& alteration);
Outcome<void> alter_quota_target(const ConfigTarget& target, const ConfigAlteration& alteration,
                                 AdminClient& admin);
Outcome<void> describe_quota_target(const ConfigTarget& target, AdminClient& admin,
                                    ToolContext& context);

}  // namespace kreel::kafka_tools
