#pragma once

#include <map>
#include <optional>
#include <string>

#include "kafka/reassign_plan.hpp"

namespace kreel::kafka_tools {

// The directories of one replica: where it is, and where it goes.
struct ReplicaPlace {
  std::optional<std::string> current;
  std::optional<std::string> future;
};

std::string move_text(const ReplicaAt& replica, const ReplicaPlace& place,
                      const std::string& target);
bool is_under_way(const ReplicaPlace& place);
Outcome<std::map<ReplicaAt, ReplicaPlace>> replica_places(AdminClient& admin);

}  // namespace kreel::kafka_tools
