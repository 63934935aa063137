#include "broker/handlers/replica_assignment.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace kreel::broker {

using protocol::ErrorCode;

catalog::ChangeResult check_replicas(const std::vector<std::int32_t>& broker_ids, BrokerId own_id) {
  if (broker_ids.empty()) {
    return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            "The manual partition assignment includes an empty replica list."};
  }
  const auto other = std::ranges::find_if(broker_ids, [&](auto id) { return id != own_id; });
  if (other != broker_ids.end()) {
    return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            fmt::format("The manual partition assignment includes broker {}, but no such broker is "
                        "registered.",
                        *other)};
  }
  if (broker_ids.size() > 1) {
    return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            fmt::format("The manual partition assignment includes the broker {} more than once.",
                        own_id)};
  }
  return {};
}

}  // namespace kreel::broker
