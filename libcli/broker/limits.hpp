#pragma once

#include <cstddef>

namespace kreel::broker::limits {

/// Partitions that all fetch sessions together remember; without room for its own, a fetch is
/// served without a session.
inline constexpr std::size_t kFetchSessionPartitions = 500'000;

/// The largest record batch that waits for others to be written with it.
inline constexpr std::size_t kGroupedBatchBytesMax = 2'048;

/// Users, client ids and pairs of them whose use of a kind of quota is counted; and addresses.
inline constexpr std::size_t kQuotaMeters = 16'384;

/// ACLs that there may be, and bytes of the texts of one.
inline constexpr std::size_t kAclsMax = 50'000;
inline constexpr std::size_t kAclBytesMax = 2'048;

}  // namespace kreel::broker::limits
