#include "storage/offset_map.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace kreel::storage {
namespace {

constexpr std::size_t kSlotsMin = 16;
/// Three of four slots are used at most: 12 bytes become 16 for each key.
constexpr std::size_t kUsedOf = 3;
constexpr std::size_t kSlotsFor = 4;

std::size_t slots_for(const OffsetMap::Options& options, std::size_t slot_bytes) {
  const auto most = std::max(options.bytes_max / slot_bytes, kSlotsMin);
  const auto keys = std::min<std::uint64_t>(options.offset_count, most);
  return std::clamp(static_cast<std::size_t>(keys) * kSlotsFor / kUsedOf + 1, kSlotsMin, most);
}

}  // namespace

OffsetMap::OffsetMap(const Options& options)
    : first_offset_(options.first_offset),
      hash_(options.secret),
      slot_count_(slots_for(options, sizeof(Slot))),
      keys_max_(slot_count_ * kUsedOf / kSlotsFor),
      // calloc: a large map costs nothing where it is not touched.
      slots_(static_cast<Slot*>(std::calloc(slot_count_, sizeof(Slot)))) {
  if (!slots_) throw std::bad_alloc();
}

OffsetMap::Slot& OffsetMap::slot_of(const Hash128& hash) const {
  const auto low = static_cast<std::uint32_t>(hash.low);
  const auto high = static_cast<std::uint32_t>(hash.low >> 32U);
  auto at = static_cast<std::size_t>(hash.high % slot_count_);
  while (true) {
    auto& slot = slots_[at];
    if (slot[2] == 0 || (slot[0] == low && slot[1] == high)) return slot;
    if (++at == slot_count_) at = 0;
  }
}

bool OffsetMap::put(ByteView key, Offset offset) {
  const auto distance = offset - first_offset_;
  if (distance < 0 || distance >= std::numeric_limits<std::uint32_t>::max()) return false;
  const auto hash = hash_.of(key);
  auto& slot = slot_of(hash);
  if (slot[2] == 0) {
    if (size_ == keys_max_) return false;
    ++size_;
    slot[0] = static_cast<std::uint32_t>(hash.low);
    slot[1] = static_cast<std::uint32_t>(hash.low >> 32U);
  }
  slot[2] = static_cast<std::uint32_t>(distance) + 1;
  return true;
}

std::optional<Offset> OffsetMap::find(ByteView key) {
  const auto& slot = slot_of(hash_.of(key));
  if (slot[2] == 0) return std::nullopt;
  return first_offset_ + slot[2] - 1;
}

}  // namespace kreel::storage
