// The little of Kafka's wire format that the reference programs need. None of it is kreel's code,
// so that a mistake in kreel cannot hide in the program that kreel is measured against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bench {

template <class T>
T swap_bytes(T value) {
  using U = std::make_unsigned_t<T>;
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<U>(value)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<U>(value)));
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<U>(value)));
  return value;
}

template <class T>
T load_be(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return swap_bytes(value);
}

template <class T>
void store_be(std::uint8_t* to, T value) {
  value = swap_bytes(value);
  std::memcpy(to, &value, sizeof value);
}

// Walks one frame. Throws std::out_of_range where the frame ends too early.
class Reader {
 public:
  explicit Reader(std::span<std::uint8_t> frame)
      : at_(frame.data()), end_(frame.data() + frame.size()) {}

  std::span<std::uint8_t> take(std::size_t count) {
    if (count > static_cast<std::size_t>(end_ - at_)) throw std::out_of_range("short frame");
    auto* from = at_;
    at_ += count;
    return {from, count};
  }
  template <class T>
  T get() {
    return load_be<T>(take(sizeof(T)).data());
  }
  // A null string or a null byte array (length -1) reads as an empty one.
  std::string_view string() {
    const auto length = get<std::int16_t>();
    const auto bytes = take(length < 0 ? 0 : static_cast<std::size_t>(length));
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::span<std::uint8_t> bytes() {
    const auto length = get<std::int32_t>();
    return take(length < 0 ? 0 : static_cast<std::size_t>(length));
  }

 private:
  std::uint8_t* at_;
  std::uint8_t* end_;
};

// Grows a byte vector; frames are opened with a length of zero that close_frame() fills in.
class Writer {
 public:
  template <class T>
  void put(T value) {
    const auto at = grow(sizeof value);
    store_be(bytes_.data() + at, value);
  }
  void string(std::string_view text) {
    put(static_cast<std::int16_t>(text.size()));
    raw(text.data(), text.size());
  }
  void raw(const void* from, std::size_t count) {
    if (count == 0) return;
    const auto at = grow(count);
    std::memcpy(bytes_.data() + at, from, count);
  }
  std::size_t open_frame() {
    put<std::int32_t>(0);
    return used_;
  }
  void close_frame(std::size_t opened, std::size_t bytes_elsewhere = 0) {
    const auto size = used_ - opened + bytes_elsewhere;
    store_be(bytes_.data() + opened - 4, static_cast<std::int32_t>(size));
  }
  std::size_t size() const { return used_; }
  std::uint8_t* data() { return bytes_.data(); }
  void truncate(std::size_t size) { used_ = size; }
  std::vector<std::uint8_t> release() {
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  std::size_t grow(std::size_t count) {
    const auto at = used_;
    used_ += count;
    if (used_ > bytes_.size()) bytes_.resize(2 * used_);
    return at;
  }
  std::vector<std::uint8_t> bytes_;  // of which the first used_ count
  std::size_t used_ = 0;
};

// Request header version 1: key, version, correlation id, client id.
inline std::size_t open_request(Writer& out, std::int16_t key, std::int16_t version,
                                std::int32_t correlation_id) {
  const auto frame = out.open_frame();
  out.put(key);
  out.put(version);
  out.put(correlation_id);
  out.string("bench");
  return frame;
}

}  // namespace bench
