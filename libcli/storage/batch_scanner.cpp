#include "storage/batch_scanner.hpp"

#include <algorithm>
#include <limits>

namespace kreel::storage {
namespace {

constexpr std::size_t kHeaderChunkBytes = 64U << 10U;
constexpr std::size_t kCrcChunkBytes = 1U << 20U;
/// Where format versions 0, 1 and 2 all have their magic byte.
constexpr std::size_t kMagicAt = 16;
/// Leaves room for any batch behind it.
constexpr Offset kOffsetMax = std::numeric_limits<Offset>::max() >> 1;

}  // namespace

const char* to_string(ScanEnd end) {
  switch (end) {
    case ScanEnd::kNotYet:
      return "not scanned";
    case ScanEnd::kLimit:
      return "whole";
    case ScanEnd::kCut:
      return "a batch is cut off";
    case ScanEnd::kBadHeader:
      return "no batch begins here";
    case ScanEnd::kOldFormat:
      return "message format older than version 2";
    case ScanEnd::kBadCrc:
      return "bad CRC";
  }
  return "?";
}

std::optional<BatchScanner::Found> BatchScanner::stop(ScanEnd end) {
  end_ = end;
  batch_ = {};
  return std::nullopt;
}

ByteView BatchScanner::window() const {
  if (position_ < buffer_position_ || position_ >= buffer_position_ + buffer_bytes_) return {};
  const auto skip = static_cast<std::size_t>(position_ - buffer_position_);
  return ByteView(buffer_).subspan(skip, buffer_bytes_ - skip);
}

/// Makes `bytes` from position_ on available; false when the file ends before.
Result<bool> BatchScanner::fill(std::size_t bytes) {
  if (window().size() >= bytes) return true;
  const auto chunk = check_ == Check::kCrc ? kCrcChunkBytes : kHeaderChunkBytes;
  const auto rest = limit_ - position_;
  const auto want = static_cast<std::size_t>(
      std::min<std::uint64_t>(rest, std::max<std::uint64_t>(chunk, bytes)));
  if (buffer_.size() < want) buffer_.resize(want);
  TRY_ASSIGN(buffer_bytes_, file_.read_at(MutableByteView(buffer_).first(want), position_));
  buffer_position_ = position_;
  return buffer_bytes_ >= bytes;
}

Result<std::optional<BatchScanner::Found>> BatchScanner::next() {
  if (end_ != ScanEnd::kNotYet) return std::optional<Found>();
  if (position_ >= limit_) return stop(ScanEnd::kLimit);
  const auto rest = limit_ - position_;
  if (rest < protocol::kBatchHeaderBytes) return stop(ScanEnd::kCut);
  TRY_ASSIGN(const bool has_header, fill(protocol::kBatchHeaderBytes));
  if (!has_header) return stop(ScanEnd::kCut);

  const auto header = protocol::read_batch_header(window());
  if (!header) {
    const auto magic = std::to_integer<int>(window()[kMagicAt]);
    const auto length = load_big_endian<std::int32_t>(window().data() + 8);
    return stop((magic == 0 || magic == 1) && length > 0 ? ScanEnd::kOldFormat
                                                         : ScanEnd::kBadHeader);
  }
  const bool is_sane = header->base_offset >= 0 && header->base_offset <= kOffsetMax &&
                       header->last_offset_delta >= 0 && header->record_count >= 0;
  if (!is_sane) return stop(ScanEnd::kBadHeader);
  if (header->size_bytes() > rest) return stop(ScanEnd::kCut);
  const Found found{*header, position_};
  if (check_ == Check::kCrc) {
    TRY_ASSIGN(const bool is_whole, fill(header->size_bytes()));
    if (!is_whole) return stop(ScanEnd::kCut);
    batch_ = window().first(header->size_bytes());
    if (!protocol::batch_crc_is_valid(batch_)) return stop(ScanEnd::kBadCrc);
  }
  position_ += header->size_bytes();
  return found;
}

}  // namespace kreel::storage
