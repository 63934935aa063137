#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "catalog/catalog.hpp"

namespace kreel::broker {

/// What settings belong to, in the numbers of DescribeConfigs and AlterConfigs.
enum class ConfigResourceType : std::int8_t {
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
  kGroup = 32,
};

enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

/// One setting that a client changes.
struct ConfigChange {
  std::string name;
  std::int8_t operation = 0;
  std::optional<std::string> value;
};

struct ConfigResourceChange {
  std::int8_t type = 0;
  std::string name;
  std::vector<ConfigChange> changes;
  /// What is not named goes back to its default (the older AlterConfigs).
  bool replaces_all = false;
};

/// Checks the changes and, unless `validate_only`, makes them; in order, each resource by itself.
/// Blocks on the disk: where the disk may be waited for.
std::vector<catalog::ChangeResult> change_configs(
    Broker& broker, const std::vector<ConfigResourceChange>& resources, bool validate_only);

}  // namespace kreel::broker
