#include <array>

#include <doctest/doctest.h>

#include "fs/memory_file_system.hpp"
#include "storage/clock_guard.hpp"
#include "storage/limits.hpp"
#include "storage/mark_file.hpp"
#include "storage/names.hpp"
#include "support/manual_clock.hpp"

using namespace kreel;
using namespace kreel::storage;

namespace {

constexpr auto kPath = "/kreel-durable-marks";

KeyedMark mark(const std::string& topic, Offset offset) {
  return {mark_key({topic, 0}, {}), {0, static_cast<std::uint64_t>(offset) * 10, offset}};
}

void record(MarkFile& marks, const KeyedMark& one) {
  marks.record(std::array{one});
}

}  // namespace

TEST_CASE("marks: the newest of each partition is found again") {
  fs::MemoryFileSystem fs;
  {
    const auto marks = MarkFile::open(fs, "/");
    CHECK_FALSE(marks->needs_sync());
    record(*marks, mark("a", 1));
    record(*marks, mark("b", 2));
    record(*marks, mark("a", 3));
    CHECK(marks->needs_sync());
    REQUIRE(marks->sync());
    CHECK_FALSE(marks->needs_sync());
  }
  const auto marks = MarkFile::open(fs, "/");
  CHECK(marks->find(mark("a", 0).first) == mark("a", 3).second);
  CHECK(marks->find(mark("b", 0).first) == mark("b", 2).second);
  CHECK_FALSE(marks->find(mark("c", 0).first));
}

TEST_CASE("marks: a topic's id tells it from an earlier one of its name") {
  Uuid first;
  first.bytes[0] = std::byte{1};
  CHECK(mark_key({"a", 0}, first) != mark_key({"a", 0}, {}));
  CHECK(mark_key({"a", 0}, first) != mark_key({"b", 0}, first));
  CHECK(mark_key({"a", 0}, first) != mark_key({"a", 1}, first));
}

TEST_CASE("marks: a torn record is skipped and those around it count") {
  fs::MemoryFileSystem fs;
  {
    const auto marks = MarkFile::open(fs, "/");
    record(*marks, mark("a", 1));
    record(*marks, mark("a", 2));
    record(*marks, mark("b", 3));
  }
  auto& content = fs.find(kPath)->content;
  REQUIRE(content.size() == 192);
  content[100] ^= std::byte{1};
  content.resize(content.size() - 5);
  const auto marks = MarkFile::open(fs, "/");
  CHECK(marks->find(mark("a", 0).first)->offset == 1);
  CHECK_FALSE(marks->find(mark("b", 0).first));
  record(*marks, mark("b", 4));
  CHECK(MarkFile::open(fs, "/")->find(mark("b", 0).first)->offset == 4);
}

TEST_CASE("marks: the file is rewritten when it has grown") {
  fs::MemoryFileSystem fs;
  const auto marks = MarkFile::open(fs, "/");
  const std::vector<KeyedMark> many(1024, mark("a", 7));
  for (std::uint64_t written = 0; written <= kMarkFileBytesMax; written += 1024 * 64) {
    marks->record(many);
  }
  CHECK(fs.find(kPath)->content.size() <= 64 * 1025);
  record(*marks, mark("b", 8));
  const auto again = MarkFile::open(fs, "/");
  CHECK(again->find(mark("a", 0).first)->offset == 7);
  CHECK(again->find(mark("b", 0).first)->offset == 8);
}

TEST_CASE("marks: what was forgotten is gone once it was saved") {
  fs::MemoryFileSystem fs;
  const auto marks = MarkFile::open(fs, "/");
  record(*marks, mark("a", 1));
  record(*marks, mark("b", 2));
  marks->forget(mark("a", 0).first);
  REQUIRE(marks->save());
  const auto again = MarkFile::open(fs, "/");
  CHECK_FALSE(again->find(mark("a", 0).first));
  CHECK(again->find(mark("b", 0).first));
}

TEST_CASE("clock guard: a jump takes the trust away for two more looks") {
  test::ManualClock clock;
  ClockGuard guard(clock, -1);
  CHECK(guard.check());
  clock.jump_wall_ms(2 * kClockJumpMs);
  CHECK_FALSE(guard.check());
  CHECK_FALSE(guard.check());
  CHECK_FALSE(guard.check());
  CHECK(guard.check());
  clock.jump_wall_ms(-2 * kClockJumpMs);
  CHECK_FALSE(guard.check());
}

TEST_CASE("clock guard: time that passes, and small corrections, are no jump") {
  test::ManualClock clock;
  ClockGuard guard(clock, -1);
  clock.advance_ms(100 * kClockJumpMs);
  CHECK(guard.check());
  clock.jump_wall_ms(kClockJumpMs);
  CHECK(guard.check());
}

TEST_CASE("clock guard: a clock behind the last run's files is not trusted at first") {
  test::ManualClock clock(1'000'000);
  ClockGuard guard(clock, 2'000'000);
  CHECK_FALSE(guard.check());
  CHECK_FALSE(guard.check());
  CHECK(guard.check());
}
