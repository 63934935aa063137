#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace kreel::net {

/// Incoming bytes of one connection, cut into frames. Takes memory only in step with bytes that
/// have really come: a size field alone reserves nothing (KAFKA-14063).
class FrameBuffer {
 public:
  static constexpr std::size_t kIdleBytes = 4 * 1024;
  /// What a sender that needs it keeps from one turn to the next.
  static constexpr std::size_t kWarmBytes = 16 * 1024;
  static constexpr std::size_t kBusyBytes = 256 * 1024;

  /// Room to receive into; never empty.
  MutableByteView writable();
  void received(std::size_t count) {
    filled_ += count;
    received_bytes_ += count;
  }
  /// The last read may have left something behind.
  bool is_full() const { return filled_ == buffer_.size(); }

  /// The size field of the frame at the front; nullopt while fewer than four bytes are there.
  std::optional<std::int32_t> frame_size() const;
  /// The frame at the front without its size; empty while it is incomplete. frame_size() has been
  /// checked to be at least 1.
  MutableByteView frame();
  /// Whether another whole frame is behind the one at the front.
  bool has_another() const;
  /// Forgets the frame at the front.
  void consume_frame();

  /// Ends a turn: gives memory back when nothing is buffered, but for what this turn needed and the
  /// next one is likely to need again.
  void shrink_if_empty();
  std::size_t buffered_bytes() const { return filled_ - begin_; }
  std::size_t capacity_bytes() const { return buffer_.size(); }

 private:
  void make_room(std::size_t wanted_bytes);

  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t filled_ = 0;
  std::size_t received_bytes_ = 0;  // in this turn
};

}  // namespace kreel::net
