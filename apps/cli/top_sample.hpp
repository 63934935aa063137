#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <kreel/lag.hpp>

namespace kreel::cli {

// What a cluster looks like at one moment.
struct ClusterSample {
  struct Log {
    std::int64_t end = 0;
    std::optional<std::int64_t> size_bytes;  // of the leader's replica
  };

  std::int64_t at_ms = 0;  // by a clock that never goes back
  std::string cluster_id;
  std::size_t brokers = 0;
  std::map<std::string, std::size_t> topics;  // partitions of each
  std::set<std::string> internal;
  std::map<TopicPartition, Log> logs;
  LagReport lag;              // without times
  std::vector<Error> errors;  // what could not be asked
};

// In a fixed number of round trips per broker. Fails when the topics cannot be listed.
Result<ClusterSample> sample_cluster(AdminClient& admin);

}  // namespace kreel::cli
