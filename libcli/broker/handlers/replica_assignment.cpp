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
  // In order, as in Kafka: it decides what is told of several mistakes.
  std::vector<std::int32_t> sorted = broker_ids;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != own_id) {
      return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
              fmt::format("The manual partition assignment includes broker {}, but no such broker "
                          "is registered.",
                          sorted[i])};
    }
    if (i > 0) {
      return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
              fmt::format("The manual partition assignment includes the broker {} more than once.",
                          own_id)};
    }
  }
  return {};
}

}  // namespace kreel::broker
