#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/catalog.hpp"

namespace kreel::catalog {

/// The longest name of a topic that Kafka takes.
inline constexpr std::size_t kTopicNameBytesMax = 249;
/// Reserved for KRaft; nobody creates it.
inline constexpr std::string_view kClusterMetadataTopic = "__cluster_metadata";
/// Whether Kafka keeps the topic for itself.
bool is_internal_topic(std::string_view name);

/// Kafka's text on why `name` cannot be a topic's; nullopt when it can.
std::optional<std::string> problem_with_topic_name(std::string_view name);

/// Names that differ only in '.' and '_' collide (in Kafka's metrics). Built once per request.
class NameCollisions {
 public:
  explicit NameCollisions(const Snapshot& snapshot);
  /// An existing topic that `name` collides with, which may be itself.
  std::optional<std::string> find(std::string_view name) const;
  /// A topic that the same request creates.
  void add(const std::string& name);

 private:
  std::map<std::string, std::string, std::less<>> by_unified_name_;
};

}  // namespace kreel::catalog
