#include "storage/aborted_index.hpp"

#include <algorithm>

namespace kreel::storage {
namespace {

constexpr std::int16_t kVersion = 0;

}  // namespace

Bytes encode_aborted(std::span<const AbortedTxn> entries) {
  Bytes bytes(entries.size() * AbortedTxn::kBytes);
  auto* to = bytes.data();
  for (const auto& entry : entries) {
    store_big_endian(to, kVersion);
    store_big_endian(to + 2, entry.producer_id);
    store_big_endian(to + 10, entry.first_offset);
    store_big_endian(to + 18, entry.last_offset);
    store_big_endian(to + 26, entry.last_stable_offset);
    to += AbortedTxn::kBytes;
  }
  return bytes;
}

std::optional<std::vector<AbortedTxn>> decode_aborted(ByteView file, Offset base_offset,
                                                      Offset end_offset) {
  std::vector<AbortedTxn> entries;
  auto least = base_offset;
  for (; !file.empty(); file = file.subspan(AbortedTxn::kBytes)) {
    if (file.size() < AbortedTxn::kBytes) return std::nullopt;
    const auto* from = file.data();
    const AbortedTxn entry{
        load_big_endian<std::int64_t>(from + 2), load_big_endian<std::int64_t>(from + 10),
        load_big_endian<std::int64_t>(from + 18), load_big_endian<std::int64_t>(from + 26)};
    const bool is_sane = load_big_endian<std::int16_t>(from) == kVersion &&
                         entry.producer_id >= 0 && entry.first_offset >= 0 &&
                         entry.first_offset < entry.last_offset && entry.last_offset >= least;
    if (!is_sane) return std::nullopt;
    if (entry.last_offset >= end_offset) break;
    least = entry.last_offset + 1;
    entries.push_back(entry);
  }
  return entries;
}

bool collect_aborted(std::span<const AbortedTxn> entries, Offset from, Offset to,
                     std::vector<AbortedTxn>& found) {
  const auto first = std::ranges::lower_bound(entries, from, {}, &AbortedTxn::last_offset);
  for (auto entry = first; entry != entries.end(); ++entry) {
    if (entry->first_offset < to) found.push_back(*entry);
    if (entry->last_stable_offset >= to) return false;
  }
  return true;
}

}  // namespace kreel::storage
