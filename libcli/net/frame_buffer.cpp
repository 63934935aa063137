#include "net/frame_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kreel::net {
namespace {

constexpr std::size_t kSizeField = sizeof(std::int32_t);

}  // namespace

std::optional<std::int32_t> FrameBuffer::frame_size() const {
  if (buffered_bytes() < kSizeField) return std::nullopt;
  return load_big_endian<std::int32_t>(buffer_.data() + begin_);
}

MutableByteView FrameBuffer::frame() {
  const auto size = frame_size();
  if (!size || *size < 1) return {};
  const auto length = static_cast<std::size_t>(*size);
  if (buffered_bytes() < kSizeField + length) return {};
  return MutableByteView(buffer_).subspan(begin_ + kSizeField, length);
}

bool FrameBuffer::has_another() const {
  const auto size = frame_size();
  if (!size || *size < 1) return false;
  const std::size_t next = kSizeField + static_cast<std::size_t>(*size);
  if (buffered_bytes() < next + kSizeField) return false;
  const auto next_size = load_big_endian<std::int32_t>(buffer_.data() + begin_ + next);
  return next_size > 0 &&
         buffered_bytes() - next - kSizeField >= static_cast<std::size_t>(next_size);
}

void FrameBuffer::consume_frame() {
  begin_ += kSizeField + static_cast<std::size_t>(*frame_size());
  if (begin_ == filled_) begin_ = filled_ = 0;
}

MutableByteView FrameBuffer::writable() {
  std::size_t wanted = kIdleBytes;
  if (const auto size = frame_size(); size && *size > 0) {
    // Twice what is here already, up to the whole frame.
    const std::size_t whole = kSizeField + static_cast<std::size_t>(*size);
    wanted = std::min(whole, std::max(2 * buffered_bytes(), kIdleBytes));
  }
  // A full buffer tells of a busy sender: fewer, larger reads.
  if (filled_ == buffer_.size() && !buffer_.empty() && buffer_.size() < kBusyBytes) {
    wanted = std::max(wanted, std::min(2 * buffer_.size(), kBusyBytes));
  }
  make_room(wanted);
  return MutableByteView(buffer_).subspan(filled_);
}

void FrameBuffer::make_room(std::size_t wanted_bytes) {
  const std::size_t buffered = buffered_bytes();
  const bool roomy = buffer_.size() >= begin_ + wanted_bytes && filled_ < buffer_.size();
  if (roomy) return;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, buffered);
    begin_ = 0;
    filled_ = buffered;
  }
  if (buffer_.size() < wanted_bytes) buffer_.resize(wanted_bytes);
  if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
}

void FrameBuffer::shrink_if_empty() {
  const bool is_busy = std::exchange(received_bytes_, 0) > kIdleBytes;
  if (buffered_bytes() > 0 || buffer_.size() <= (is_busy ? kWarmBytes : kIdleBytes)) return;
  buffer_ = Bytes();
  begin_ = filled_ = 0;
}

}  // namespace kreel::net
