#include "kafka/reassign_places.hpp"

namespace kreel::kafka_tools {

Outcome<std::map<ReplicaAt, ReplicaPlace>> replica_places(AdminClient& admin) {
  TRY_ASSIGN(const auto dirs, in_java(admin.describe_log_dirs({}), "describeReplicaLogDirs"));
  std::map<ReplicaAt, ReplicaPlace> places;
  for (const LogDir& dir : dirs) {
    for (const LogDirReplica& replica : dir.replicas) {
      ReplicaPlace& place = places[{dir.broker_id, replica.at}];
      (replica.future ? place.future : place.current) = dir.path;
    }
  }
  return places;
}

bool is_under_way(const ReplicaPlace& place) {
  return place.current.has_value() && place.future.has_value();
}

std::string move_text(const ReplicaAt& replica, const ReplicaPlace& place,
                      const std::string& target) {
  const std::string name = java_name(replica.at);
  if (!place.current) {
    return fmt::format(
        "Partition {} is not found in any live log dir on broker {}. There is likely "
        "an offline log directory on the broker.",
        name, replica.broker);
  }
  if (place.future && *place.future == target) {
    return fmt::format("Reassignment of replica {} is still in progress.", java_name(replica));
  }
  if (place.future) {
    return fmt::format("Partition {} on broker {} is being moved to log dir {} instead of {}.",
                       name, replica.broker, *place.future, target);
  }
  if (*place.current != target) {
    return fmt::format("Partition {} on broker {} is not being moved from log dir {} to {}.", name,
                       replica.broker, *place.current, target);
  }
  return fmt::format("Reassignment of replica {} completed successfully.", java_name(replica));
}

}  // namespace kreel::kafka_tools
