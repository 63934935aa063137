#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/types.hpp"
#include "base/uuid.hpp"
#include "fs/file_system.hpp"

namespace kreel::storage {

/// meta.properties: whose data directory this is.
struct MetaProperties {
  std::string cluster_id;
  BrokerId node_id = 1;
  Uuid directory_id;  ///< zero in directories older than Kafka 3.7
  bool operator==(const MetaProperties&) const = default;
};

/// nullopt when there is none; kRefused for a version that this program does not know; kBadInput
/// when it is malformed. Version 0 (ZooKeeper's Kafka: broker.id) is read as well.
Result<std::optional<MetaProperties>> read_meta_properties(fs::FileSystem& fs,
                                                           const std::string& data_directory);
Result<void> write_meta_properties(fs::FileSystem& fs, const std::string& data_directory,
                                   const MetaProperties& properties);

/// partition.metadata: the id of the topic that a partition's directory belongs to. A missing file
/// is the zero id.
Result<Uuid> read_partition_metadata(fs::FileSystem& fs, const std::string& partition_directory);
Result<void> write_partition_metadata(fs::FileSystem& fs, const std::string& partition_directory,
                                      const Uuid& topic_id);

}  // namespace kreel::storage
