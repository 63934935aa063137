#pragma once

#include <cstddef>

namespace kreel::broker::limits {

/// Partitions that all fetch sessions together remember; without room for its own, a fetch is
/// served without a session.
inline constexpr std::size_t kFetchSessionPartitions = 500'000;

}  // namespace kreel::broker::limits
