#pragma once

#include <cstdint>

namespace kreel {

// The protocol's own words for its integers. Functions that would take two of the same kind take an
// options struct instead.
using Offset = std::int64_t;       ///< position of a record in a partition; -1 where there is none
using PartitionId = std::int32_t;  ///< index of a partition in its topic, from 0
using LeaderEpoch = std::int32_t;  ///< term of a partition's leader; -1 when unknown
using ProducerId = std::int64_t;   ///< idempotent producer; -1 for none
using ProducerEpoch = std::int16_t;
using BrokerId = std::int32_t;
using TimestampMs = std::int64_t;  ///< milliseconds since 1970-01-01 UTC; -1 when there is none

}  // namespace kreel
