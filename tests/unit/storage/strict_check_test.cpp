#include "storage/strict_check.hpp"

#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::test::LogFixture;

namespace {

/// Records 0, 1 and 2 in a batch each.
void append_three(LogFixture& fixture) {
  fixture.open();
  for (const char* value : {"one", "two", "three"}) fixture.append_durably({value});
}

void stop(LogFixture& fixture) {
  fixture.manager_->stop();
  fixture.close();
}

Result<void> check(LogFixture& fixture, bool was_clean) {
  return storage::check_strictly(fixture.fs_, "/data", was_clean);
}

}  // namespace

TEST_CASE("strict: what a clean stop left is found whole") {
  LogFixture fixture;
  append_three(fixture);
  stop(fixture);
  CHECK(check(fixture, true));
}

TEST_CASE("strict: a byte flipped after a clean stop is named as topic, partition and offset") {
  LogFixture fixture;
  append_three(fixture);
  stop(fixture);
  fixture.content(fixture.segment(0)).back() ^= std::byte{1};
  const auto refused = check(fixture, true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::kBadInput);
  CHECK(refused.error().message().starts_with("orders[0]@2: bad CRC"));
  // A crash may leave such an end, and recovery has the proof of what was durable.
  CHECK(check(fixture, false));
}

TEST_CASE("strict: damage before good batches is damage after a crash too") {
  LogFixture fixture;
  append_three(fixture);
  fixture.close();
  auto& bytes = fixture.content(fixture.segment(0));
  bytes[bytes.size() / 3 + 65] ^= std::byte{1};
  const auto refused = check(fixture, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().starts_with("orders[0]@1: bad CRC"));
}

TEST_CASE("strict: a manager that is to be strict refuses before it changes a file") {
  LogFixture fixture;
  append_three(fixture);
  stop(fixture);
  fixture.content(fixture.segment(0)).back() ^= std::byte{1};
  const auto before = *fixture.fs_.list("/data");
  fixture.options_.strict = true;
  const auto opened =
      storage::DiskLogManager::open(fixture.fs_, fixture.clock_, fixture.random_, fixture.options_);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind() == ErrorKind::kBadInput);
  CHECK(*fixture.fs_.list("/data") == before);
}
