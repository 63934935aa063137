#include "net/frame_buffer.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace kreel;
using net::FrameBuffer;

namespace {

Bytes frame_of(std::size_t length, std::byte fill) {
  Bytes frame(4 + length, fill);
  store_big_endian(frame.data(), static_cast<std::int32_t>(length));
  return frame;
}

void feed(FrameBuffer& buffer, ByteView bytes, std::size_t at_most) {
  while (!bytes.empty()) {
    const MutableByteView room = buffer.writable();
    REQUIRE(!room.empty());
    const std::size_t count = std::min({room.size(), bytes.size(), at_most});
    std::copy_n(bytes.begin(), count, room.begin());
    buffer.received(count);
    bytes = bytes.subspan(count);
  }
}

}  // namespace

TEST_CASE("frame buffer: a frame comes out whole however it was cut on the way") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
    FrameBuffer buffer;
    feed(buffer, frame_of(10'000, std::byte{7}), step);
    const MutableByteView frame = buffer.frame();
    REQUIRE(frame.size() == 10'000);
    CHECK(std::ranges::all_of(frame, [](std::byte b) { return b == std::byte{7}; }));
    buffer.consume_frame();
    CHECK(buffer.buffered_bytes() == 0);
  }
}

TEST_CASE("frame buffer: several frames in one read come out one after the other") {
  FrameBuffer buffer;
  Bytes both = frame_of(5, std::byte{1});
  const Bytes second = frame_of(6, std::byte{2});
  both.insert(both.end(), second.begin(), second.end());
  feed(buffer, both, both.size());
  CHECK(buffer.frame().size() == 5);
  buffer.consume_frame();
  REQUIRE(buffer.frame().size() == 6);
  CHECK(buffer.frame()[0] == std::byte{2});
}

TEST_CASE("frame buffer: KAFKA-14063: a size field alone takes no memory") {
  FrameBuffer buffer;
  Bytes lie(4);
  store_big_endian(lie.data(), std::int32_t{100'000'000});
  feed(buffer, lie, lie.size());
  CHECK(buffer.frame().empty());
  (void)buffer.writable();
  CHECK(buffer.capacity_bytes() <= FrameBuffer::kIdleBytes);
}

TEST_CASE("frame buffer: memory stays within twice what has come") {
  FrameBuffer buffer;
  const Bytes frame = frame_of(8'000'000, std::byte{3});
  std::size_t fed = 0;
  for (ByteView rest = frame; rest.size() > 1'000'000;) {
    const std::size_t count = std::min<std::size_t>(rest.size(), 50'000);
    feed(buffer, rest.first(count), count);
    fed += count;
    rest = rest.subspan(count);
    CHECK(buffer.capacity_bytes() <= 2 * fed + FrameBuffer::kBusyBytes);
  }
}

TEST_CASE("frame buffer: an idle connection gives its memory back") {
  FrameBuffer buffer;
  feed(buffer, frame_of(1'000'000, std::byte{1}), 1'000'000);
  buffer.consume_frame();
  buffer.shrink_if_empty();
  CHECK(buffer.capacity_bytes() <= FrameBuffer::kIdleBytes);
}

TEST_CASE("frame buffer: a busy sender keeps what it needs until a turn does without") {
  FrameBuffer buffer;
  const Bytes frame = frame_of(FrameBuffer::kWarmBytes / 2, std::byte{1});
  feed(buffer, frame, frame.size());
  buffer.consume_frame();
  buffer.shrink_if_empty();
  CHECK(buffer.capacity_bytes() > FrameBuffer::kIdleBytes);
  CHECK(buffer.capacity_bytes() <= FrameBuffer::kWarmBytes);
  feed(buffer, frame_of(100, std::byte{1}), 104);
  buffer.consume_frame();
  buffer.shrink_if_empty();
  CHECK(buffer.capacity_bytes() <= FrameBuffer::kIdleBytes);
}
