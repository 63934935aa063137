#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"

namespace kreel::protocol {

/// The record batches of one partition in a Produce or Fetch body: never copied. Either a view of
/// memory, or a range of an open file that the connection sends with sendfile. `owner` keeps the
/// memory or the file alive; it is null where the view aliases the request frame that is being
/// handled, and then ends with it.
class Records {
 public:
  /// Null on the wire.
  Records() = default;

  static Records null() { return {}; }
  /// Zero bytes, not null: what a Fetch reply carries when there is nothing to read.
  static Records empty() { return memory(ByteView{}, nullptr); }

  static Records memory(ByteView bytes, std::shared_ptr<const void> owner) {
    Records records;
    records.is_null_ = false;
    records.bytes_ = bytes;
    records.size_bytes_ = bytes.size();
    records.owner_ = std::move(owner);
    return records;
  }

  static Records file(int descriptor, std::uint64_t position, std::size_t size_bytes,
                      std::shared_ptr<const void> owner) {
    Records records;
    records.is_null_ = false;
    records.descriptor_ = descriptor;
    records.position_ = position;
    records.size_bytes_ = size_bytes;
    records.owner_ = std::move(owner);
    return records;
  }

  bool is_null() const { return is_null_; }
  bool is_file() const { return descriptor_ >= 0; }
  std::size_t size_bytes() const { return size_bytes_; }
  /// Only when !is_file().
  ByteView bytes() const { return bytes_; }
  /// Only when is_file(): the descriptor belongs to `owner()`.
  int descriptor() const { return descriptor_; }
  std::uint64_t position() const { return position_; }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  /// Equal when both are null, or both are memory with equal bytes, or the same range of a file.
  friend bool operator==(const Records& left, const Records& right);

 private:
  bool is_null_ = true;
  ByteView bytes_;
  int descriptor_ = -1;
  std::uint64_t position_ = 0;
  std::size_t size_bytes_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace kreel::protocol
