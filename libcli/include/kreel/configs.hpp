#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kreel/export.hpp"

namespace kreel {

/// Kafka's numbers.
enum class ConfigResourceType : std::int8_t {
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
  kGroup = 32
};

struct ConfigResource {
  ConfigResourceType type = ConfigResourceType::kTopic;
  std::string name;  ///< topic, broker id ("" is the cluster-wide default), group

  bool operator==(const ConfigResource&) const = default;
};

/// Where a value comes from; Kafka's numbers.
enum class ConfigSource : std::int8_t {
  kUnknown = 0,
  kTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefaultBroker = 3,
  kStaticBroker = 4,
  kDefault = 5,
  kDynamicBrokerLogger = 6,
  kClientMetrics = 7,
  kGroup = 8
};

/// "topic", "dynamic_broker", "static_broker", "default", …
KREEL_API std::string_view to_string(ConfigSource source);

struct ConfigSynonym {
  std::string name;
  std::optional<std::string> value;
  ConfigSource source = ConfigSource::kUnknown;
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;  ///< empty when sensitive or unset
  ConfigSource source = ConfigSource::kUnknown;
  bool read_only = false;
  bool sensitive = false;
  std::vector<ConfigSynonym> synonyms;       ///< what would apply, first wins
  std::optional<std::string> type;           ///< "int", "list", … (Kafka 2.6 and later tell)
  std::optional<std::string> documentation;  ///< when asked for
  bool is_default() const { return source == ConfigSource::kDefault; }
};

struct DescribeConfigsOptions {
  std::vector<std::string> keys;  ///< none: all
  bool synonyms = true;
  bool documentation = false;
};

/// Kafka's numbers.
enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct ConfigChange {
  std::string name;
  ConfigOperation operation = ConfigOperation::kSet;
  std::optional<std::string> value;  ///< empty for kDelete
};

struct ResourceChanges {
  ConfigResource resource;
  std::vector<ConfigChange> changes;
};

/// What Kafka's own client refuses of a new topic's settings, of which the last of a name counts,
/// before a broker is asked: "Unknown topic config name: foo", "Invalid value …", "conflict …".
KREEL_API std::optional<std::string> problem_with_topic_configs(
    std::span<const std::pair<std::string, std::string>> configs);

}  // namespace kreel
