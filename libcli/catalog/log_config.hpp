#pragma once

#include "catalog/topic.hpp"
#include "storage/log_config.hpp"
#include "storage/log_manager.hpp"

namespace kreel::catalog {

/// The broker's settings that are in force, one over the other: static, dynamic for all brokers,
/// dynamic for this one.
ConfigMap merge_broker_configs(const ConfigMap& set_by_user, const ConfigMap& default_broker,
                               const ConfigMap& broker);

/// What a topic without overrides has. `broker_configs` have been checked.
storage::LogConfig resolve_broker_log_config(const ConfigMap& broker_configs);

/// How logs are compacted; of the same settings.
storage::LogManagerOptions::Compaction resolve_compaction(const ConfigMap& broker_configs);

/// What is set for this topic alone: its overrides, and what the broker's static settings say
/// of an internal topic by its name, now and after each start.
ConfigMap own_settings(const Topic& topic, const ConfigMap& set_by_user);

/// `base` with the topic's own settings over it; these have been checked.
storage::LogConfig with_overrides(storage::LogConfig base, const ConfigMap& overrides);

}  // namespace kreel::catalog
