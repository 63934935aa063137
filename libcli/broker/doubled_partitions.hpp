#pragma once

#include <string_view>
#include <vector>

#include "base/types.hpp"
#include "base/uuid.hpp"

namespace kreel::broker {

/// A partition as a request names it, by its topic's name or id.
struct NamedPartition {
  PartitionId partition = 0;
  Uuid topic_id;
  std::string_view topic;
  auto operator<=>(const NamedPartition&) const = default;
};

/// Which of `names` are named again later on: of those the last counts, as in Apache Kafka, and the
/// others are neither served nor answered. Empty when there are none.
std::vector<bool> named_again(const std::vector<NamedPartition>& names);

}  // namespace kreel::broker
