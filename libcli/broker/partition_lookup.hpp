#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/uuid.hpp"
#include "catalog/catalog.hpp"
#include "protocol/error_code.hpp"

namespace kreel::broker {

/// One partition by its topic's name or id.
struct PartitionLookup {
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::shared_ptr<const catalog::Topic> topic;  ///< set also when only the partition is missing
  std::shared_ptr<storage::Log> log;            ///< null on error
};

/// UNKNOWN_TOPIC_OR_PARTITION for what is not there.
PartitionLookup find_partition(const catalog::Snapshot& snapshot, std::string_view topic,
                               PartitionId partition);
/// UNKNOWN_TOPIC_ID for an id that no topic has; the zero id is none.
PartitionLookup find_partition(const catalog::Snapshot& snapshot, const Uuid& topic_id,
                               PartitionId partition);

/// The name of a topic that a request knows by name or by id; null for an id that nobody has, which
/// is no secret.
const std::string* topic_name_of(const std::string& name, const Uuid& id,
                                 const catalog::Snapshot& snapshot);

/// The leader epoch that a client believes in (-1: none) against the partition's own:
/// FENCED_LEADER_EPOCH when it is older, UNKNOWN_LEADER_EPOCH when it is newer (KIP-320).
protocol::ErrorCode check_leader_epoch(LeaderEpoch of_client, LeaderEpoch of_partition);

}  // namespace kreel::broker
