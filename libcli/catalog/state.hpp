#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/records.hpp"
#include "catalog/users.hpp"

namespace kreel::catalog {

/// What the journal says so far: everything that outlives the process. Not thread-safe.
struct State {
  struct Topic {
    Uuid id;
    bool is_internal = false;
    std::int32_t partition_count = 0;
    ConfigMap overrides;
    /// Of partitions whose log start was ever moved.
    std::map<PartitionId, Offset> log_starts;
    bool operator==(const Topic&) const = default;
  };
  /// A deleted topic whose logs may still be under its name.
  struct Leftover {
    std::string name;
    std::int32_t partition_count = 0;
    bool operator==(const Leftover&) const = default;
  };

  std::map<std::string, Topic, std::less<>> topics;
  std::unordered_map<Uuid, std::string> names;
  std::map<Uuid, Leftover> leftovers;
  ConfigMap broker_overrides;
  ConfigMap default_broker_overrides;
  GroupConfigs group_overrides;
  ProducerId next_producer_id = 0;
  Users users;
  ClientQuotas quotas;
  std::set<Acl> acls;

  /// kBadInput when the record does not fit the state: the journal is not what was written.
  Result<void> apply(const Record& record);
  /// Records that make this state out of an empty one.
  std::vector<Record> to_records() const;

  bool operator==(const State&) const = default;

 private:
  struct Apply;
};

}  // namespace kreel::catalog
