#pragma once

#include <cstdint>
#include <string_view>

#include "base/types.hpp"

namespace kreel::coordinator {

/// Java's String.hashCode() of UTF-8 text: over UTF-16 units, malformed bytes as U+FFFD.
std::int32_t java_string_hash(std::string_view utf8);

/// Length in UTF-16 units, which is what Kafka's limits on strings count.
std::size_t java_string_length(std::string_view utf8);

/// The partition of __consumer_offsets that owns a group, in every Kafka since 0.9.
PartitionId partition_for_group(std::string_view group_id, std::int32_t partition_count);

/// The partition of __transaction_state that owns a transactional id, as Kafka computes it.
PartitionId partition_for_transactional_id(std::string_view transactional_id,
                                           std::int32_t partition_count);

}  // namespace kreel::coordinator
