#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/types.hpp"

namespace kreel::storage {

/// Entry of Kafka's .txnindex: a transaction that was aborted by a marker in the segment.
struct AbortedTxn {
  ProducerId producer_id = -1;
  Offset first_offset = -1;
  Offset last_offset = -1;  ///< the marker's
  /// Where the last stable offset stood once the marker was there.
  Offset last_stable_offset = -1;

  static constexpr std::size_t kBytes = 34;
  bool operator==(const AbortedTxn&) const = default;
};

/// The file's bytes for these entries.
Bytes encode_aborted(std::span<const AbortedTxn> entries);
/// The entries whose markers are in [base_offset, end_offset): those in front of the first that is
/// not. nullopt when the file is damaged before that: an entry of another version, cut off, or not
/// in the order of the markers.
std::optional<std::vector<AbortedTxn>> decode_aborted(ByteView file, Offset base_offset,
                                                      Offset end_offset);

/// Adds those entries of one segment (in the order of their markers) that overlap [from, to).
/// False when no later segment can have more.
bool collect_aborted(std::span<const AbortedTxn> entries, Offset from, Offset to,
                     std::vector<AbortedTxn>& found);

}  // namespace kreel::storage
