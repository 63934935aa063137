#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/types.hpp"

namespace kreel::storage {

/// Entry of Kafka's .index: where the batch that ends with an offset begins.
struct OffsetEntry {
  std::int32_t relative_offset = 0;  ///< the batch's last offset - the segment's base offset
  std::int32_t position = 0;

  static constexpr std::size_t kBytes = 8;
  static OffsetEntry decode(const std::byte* from) {
    return {load_big_endian<std::int32_t>(from), load_big_endian<std::int32_t>(from + 4)};
  }
  void encode(std::byte* to) const {
    store_big_endian(to, relative_offset);
    store_big_endian(to + 4, position);
  }
  /// Whether this may follow `before`.
  bool follows(const OffsetEntry& before) const {
    return relative_offset > before.relative_offset && position > before.position;
  }
  bool operator==(const OffsetEntry&) const = default;
};

/// Entry of Kafka's .timeindex: the largest timestamp so far and the last offset of its batch.
struct TimeEntry {
  TimestampMs timestamp = 0;
  std::int32_t relative_offset = 0;

  static constexpr std::size_t kBytes = 12;
  static TimeEntry decode(const std::byte* from) {
    return {load_big_endian<std::int64_t>(from), load_big_endian<std::int32_t>(from + 8)};
  }
  void encode(std::byte* to) const {
    store_big_endian(to, timestamp);
    store_big_endian(to + 8, relative_offset);
  }
  bool follows(const TimeEntry& before) const {
    return timestamp > before.timestamp && relative_offset >= before.relative_offset;
  }
  bool operator==(const TimeEntry&) const = default;
};

/// The entries of one index file, in memory. Derived data: whatever is missing or wrong in it is
/// rebuilt from the log. Not thread-safe.
template <class Entry>
class SparseIndex {
 public:
  std::span<const Entry> entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  const Entry& back() const { return entries_.back(); }

  /// Ignored unless it follows the last entry.
  void append(const Entry& entry) {
    if (entries_.empty() || entry.follows(entries_.back())) entries_.push_back(entry);
  }
  void truncate(std::size_t count) { entries_.resize(std::min(count, entries_.size())); }
  void clear() { std::vector<Entry>().swap(entries_); }

  /// Replaces the entries by those of a file. Zero entries at its end (Kafka's preallocation) are
  /// no entries. False, and empty, when it is damaged: a ragged end, or entries out of order.
  bool decode(ByteView file) {
    entries_.clear();
    if (file.size() % Entry::kBytes != 0) return false;
    auto count = file.size() / Entry::kBytes;
    const auto at = [&](std::size_t i) { return Entry::decode(file.data() + i * Entry::kBytes); };
    while (count > 0 && at(count - 1) == Entry{}) --count;
    entries_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto entry = at(i);
      const bool sane = entry.relative_offset >= 0 && (i == 0 || entry.follows(entries_.back()));
      if (!sane) {
        entries_.clear();
        return false;
      }
      entries_.push_back(entry);
    }
    return true;
  }

  /// The file's bytes from entry `first` on.
  Bytes encode(std::size_t first) const {
    Bytes bytes((entries_.size() - first) * Entry::kBytes);
    for (std::size_t i = first; i < entries_.size(); ++i) {
      entries_[i].encode(bytes.data() + (i - first) * Entry::kBytes);
    }
    return bytes;
  }

  /// The last entry whose `member` is <= `value`; nullptr when there is none.
  template <class Value>
  const Entry* floor(Value value, Value Entry::*member) const {
    const auto after = std::ranges::upper_bound(entries_, value, {}, member);
    return after == entries_.begin() ? nullptr : &*std::prev(after);
  }

 private:
  std::vector<Entry> entries_;
};

using OffsetIndex = SparseIndex<OffsetEntry>;
using TimeIndex = SparseIndex<TimeEntry>;

}  // namespace kreel::storage
