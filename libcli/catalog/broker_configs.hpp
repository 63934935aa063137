#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "catalog/config_definition.hpp"
#include "catalog/topic.hpp"

namespace kreel::catalog {

/// Whether AlterConfigs may change a broker setting, in Kafka's own terms.
enum class DynamicMode { kReadOnly, kPerBroker, kClusterWide };

/// What a broker setting means to kreel.
enum class BrokerConfigUse {
  kServed,        ///< read at the start
  kServedAnew,    ///< read at the start, and again when it changes
  kTopicDefault,  ///< the default of a topic setting; may change while the broker runs
  kNoMeaning,     ///< of Kafka's replication, threads, … : accepted with a warning
  kGuard          ///< keeps somebody out in Kafka: refused, since skipping it would let him in
};

struct BrokerConfigEntry {
  ConfigDefinition definition;
  DynamicMode dynamic = DynamicMode::kReadOnly;
  BrokerConfigUse use = BrokerConfigUse::kNoMeaning;
};

/// Every public broker setting of Apache Kafka 4.3, and those of its authorizer, sorted by name.
/// Defaults are kreel's where they differ (one broker that listens on the loopback address).
std::span<const BrokerConfigEntry> broker_configs();
/// Dynamic settings that are told of where they are set alone; sorted by name.
std::span<const BrokerConfigEntry> replication_throttles();
/// Of any kind, undocumented ones as well; nullptr when there is none of that name.
const BrokerConfigEntry* find_broker_config(std::string_view name);

/// Whether it is read at the start alone: so with most of what kreel serves itself, also where
/// Kafka changes it while it runs.
bool is_read_only(const BrokerConfigEntry& entry);

/// Checks dynamic settings (AlterConfigs on a broker, or on the default broker) and puts them into
/// the form in which they are kept; Kafka's text when they are refused (INVALID_REQUEST).
std::optional<std::string> check_dynamic_broker_configs(bool default_broker, ConfigMap& overrides);

namespace detail {
/// The rows of broker_configs() that have no meaning here.
std::span<const BrokerConfigEntry> foreign_broker_configs();
/// Taken from files and command lines, and told to nobody; sorted by name.
std::span<const BrokerConfigEntry> undocumented_broker_configs();
}  // namespace detail

}  // namespace kreel::catalog
