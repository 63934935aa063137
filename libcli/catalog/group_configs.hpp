#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "catalog/config_definition.hpp"
#include "catalog/topic.hpp"

namespace kreel::catalog {

/// The settings that Apache Kafka 4.3 lets a group have of its own, sorted by name. They are those
/// of groups that kreel does not serve; they are kept and told, as a broker's foreign settings are.
std::span<const ConfigDefinition> group_configs();
/// nullptr when there is none of that name.
const ConfigDefinition* find_group_config(std::string_view name);

/// The broker setting that a group's default comes from, which may not exist.
std::string broker_synonym_of_group_config(std::string_view name);

/// Checks the settings of one group, also against the broker's limits, and puts them into the form
/// in which they are kept; Kafka's text when they are refused (INVALID_CONFIG).
std::optional<std::string> check_group_configs(ConfigMap& overrides, const ConfigMap& set_by_user);

}  // namespace kreel::catalog
