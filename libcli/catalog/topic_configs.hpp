#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "catalog/config_definition.hpp"
#include "catalog/topic.hpp"

namespace kreel::catalog {

/// A broker setting that is the default of a topic setting, times `factor`.
struct BrokerSynonym {
  std::string_view name;
  std::int64_t factor = 1;
};

struct TopicConfig {
  ConfigDefinition definition;
  /// Otherwise it is kept and described, and changes nothing here.
  bool is_obeyed = false;
  /// The first that is set wins; empty names at the end.
  BrokerSynonym synonyms[3];

  std::span<const BrokerSynonym> broker_synonyms() const;
};

/// Every topic setting of Apache Kafka 4.3 and kreel's own, sorted by name.
std::span<const TopicConfig> topic_configs();
/// nullptr when there is none of that name.
const TopicConfig* find_topic_config(std::string_view name);

inline constexpr std::string_view kMinInsyncReplicas = "min.insync.replicas";
/// Of a topic or of the broker: one broker has no more than one replica in sync.
std::optional<std::string> problem_with_min_insync_replicas(const ConfigMap& configs);

/// Not described, as in Kafka: for tests, which want small segments.
inline constexpr std::string_view kInternalSegmentBytes = "internal.segment.bytes";

/// Checks a topic's overrides together and puts them into the form in which they are kept; Kafka's
/// text when they are refused (INVALID_CONFIG).
std::optional<std::string> check_topic_configs(ConfigMap& overrides);

}  // namespace kreel::catalog
