#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/uuid.hpp"

namespace kreel::protocol {

/// Reads Kafka's primitive types from a frame that a stranger sent. The first thing that does not
/// fit sets a sticky failure; every later read gives zero or empty. Ask failed() once at the end.
/// Holds a view: the frame must outlive the reader and what it returns by view.
class WireReader {
 public:
  /// Memory that decoding may take: KAFKA-14063 and CVE-2026-111108 turn a small frame into a huge
  /// array. Charged per array element, by its size in memory.
  static constexpr std::size_t kBudgetPerInputByte = 16;
  static constexpr std::size_t kBudgetBase = 1U << 20;

  explicit WireReader(ByteView frame)
      : rest_(frame), budget_bytes_(frame.size() * kBudgetPerInputByte + kBudgetBase) {}

  template <class Int>
  Int read_int() {
    if (rest_.size() < sizeof(Int)) return fail(), Int{};
    const auto value = load_big_endian<Int>(rest_.data());
    rest_ = rest_.subspan(sizeof(Int));
    return value;
  }
  bool read_bool() { return read_int<std::int8_t>() != 0; }
  double read_double();
  Uuid read_uuid();

  /// LEB128 of at most 5 bytes.
  std::uint32_t read_unsigned_varint();

  /// Length of a string (int16 or compact); -1 for null.
  std::int32_t read_string_length(bool flexible);
  /// Length of bytes or of an array (int32 or compact); -1 for null.
  std::int32_t read_length(bool flexible);
  /// `count` bytes as a view; fails when fewer are left.
  ByteView read_view(std::size_t count);

  /// Before an array of `count` elements is built: fails unless each can still follow (at least one
  /// byte) and the budget covers them.
  bool claim_elements(std::int32_t count, std::size_t element_size_bytes);

  void skip(std::size_t count) { read_view(count); }
  std::size_t remaining() const { return rest_.size(); }
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  bool failed() const { return failed_; }

 private:
  ByteView rest_;
  std::size_t budget_bytes_;
  bool failed_ = false;
};

}  // namespace kreel::protocol
