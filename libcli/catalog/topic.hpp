#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/types.hpp"
#include "base/uuid.hpp"
#include "storage/log.hpp"

namespace kreel::catalog {

/// Settings that somebody set, by Kafka's names; what is absent has its default.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

/// The settings of those groups that have some, by the group's name.
using GroupConfigs = std::map<std::string, ConfigMap, std::less<>>;

inline constexpr const char* kConsumerOffsetsTopic = "__consumer_offsets";
inline constexpr const char* kTransactionStateTopic = "__transaction_state";

/// One topic as it is in one snapshot. Immutable; a change makes a new Topic that shares the logs.
struct Topic {
  std::string name;
  Uuid id;
  bool is_internal = false;
  ConfigMap overrides;
  /// Index is the partition id. Never null.
  std::vector<std::shared_ptr<storage::Log>> partitions;

  /// nullptr when the topic has no such partition.
  std::shared_ptr<storage::Log> partition(PartitionId wanted) const {
    const auto index = static_cast<std::size_t>(wanted);
    return wanted >= 0 && index < partitions.size() ? partitions[index] : nullptr;
  }
};

}  // namespace kreel::catalog
