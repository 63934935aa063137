#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/siphash.hpp"
#include "base/types.hpp"

namespace kreel::storage {

/// The newest offset of each key of a range, for compaction. A key takes 12 bytes, and with the
/// free slots that keep look-ups short 16: 64 bits of its hash and 32 of its distance from the
/// first offset. Where it stands comes from other bits of the same hash, so two keys are taken for
/// one only when some 84 bits agree: 10^-11 for a full map of 128 MiB. The hash has a secret, so
/// nobody can make keys meet. Memory is taken from the system as slots are used. Not thread-safe.
class OffsetMap {
 public:
  struct Options {
    Offset first_offset = 0;
    /// Offsets of the range: there cannot be more keys.
    std::uint64_t offset_count = 0;
    std::size_t bytes_max = 0;
    SipKey secret;
  };
  explicit OffsetMap(const Options& options);

  /// False when the key is new and there is no room for it.
  bool put(ByteView key, Offset offset);
  std::optional<Offset> find(ByteView key);

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return keys_max_; }
  std::size_t size_bytes() const { return slot_count_ * sizeof(Slot); }

 private:
  using Slot = std::array<std::uint32_t, 3>;  ///< hash, hash, distance + 1; 0 is free
  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  Slot& slot_of(const Hash128& hash) const;

  Offset first_offset_;
  SipHash hash_;
  std::size_t slot_count_;
  std::size_t keys_max_;
  std::size_t size_ = 0;
  std::unique_ptr<Slot[], Free> slots_;
};

}  // namespace kreel::storage
