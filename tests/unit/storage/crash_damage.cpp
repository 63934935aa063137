// Damage is not a torn tail: what was durable once is never cut off.
#include <doctest/doctest.h>

#include "protocol/record_batch.hpp"
#include "unit/storage/crash_scenarios.hpp"

using namespace kreel;
using protocol::ErrorCode;

namespace {

constexpr int kBatches = 10;
constexpr storage::ReadOptions kFromStart{0, 1 << 20, true, storage::Isolation::kReadUncommitted,
                                          false};

/// The image of a directory with one acknowledged topic "t", as a kill leaves it.
test::Node durable_topic(test::CrashRun& run, const storage::LogConfig& config,
                         test::DirectoryModel& model) {
  test::CrashWorld world(run, "damage");
  world.open();
  world.create_topic("t", config);
  for (int i = 0; i < kBatches; ++i) {
    world.append("t", 1, 2, 150);
    world.flush();
  }
  world.pass_time(1'500);
  REQUIRE(run.violations.empty());
  model = world.model();
  return world.fs().image_after_kill();
}

/// The first segment of "t".
test::Node log_file(const test::Node& image) {
  for (const auto& [name, node] : image->entries.at("data")->entries.at("t-0")->entries) {
    if (name.ends_with(".log")) return node;
  }
  FAIL("no segment");
  return nullptr;
}

struct Opened {
  test::ManualClock clock;
  SeededRandom random{3};
  test::FaultyFileSystem fs;
  std::unique_ptr<storage::LogManager> manager;
  std::shared_ptr<storage::Log> log;

  Opened(test::Node image, const test::PartitionModel& expected) : fs(std::move(image), clock) {
    storage::LogManagerOptions options;
    options.directory = "/data";
    auto opened = storage::LogManager::open(fs, clock, random, options);
    REQUIRE(opened.has_value());
    manager = std::move(*opened);
    auto found = manager->open_log({"t", 0}, expected.topic_id, expected.config, 0);
    REQUIRE(found.has_value());
    log = std::move(*found);
  }

  ErrorCode append() {
    protocol::BatchBuilder builder({});
    protocol::NewRecord record;
    record.timestamp = clock.wall_ms();
    record.value = as_bytes("more");
    builder.append(record);
    auto batch = builder.build();
    return log->append(batch, storage::AppendOrigin::kClient).error;
  }
};

void check_damage(const storage::LogConfig& config, std::size_t position) {
  test::CrashRun run(1);
  test::DirectoryModel model;
  const auto image = durable_topic(run, config, model);
  const auto& expected = model.partitions.at({"t", 0});
  const auto file = log_file(image);
  const auto before = file->content;
  REQUIRE(position < before.size());
  file->content[position] ^= std::byte{1};
  const auto damaged = file->content;

  Opened opened(image, expected);
  CHECK(log_file(opened.fs.image_after_kill())->content == damaged);
  const auto first = opened.log->read(kFromStart);
  CHECK(first.error == ErrorCode::NONE);
  CHECK(first.records.size_bytes() > 0);
  CHECK(first.records.size_bytes() <= position);
  auto inside = kFromStart;
  inside.from = expected.end - 1;
  CHECK(opened.log->read(inside).error == ErrorCode::CORRUPT_MESSAGE);
  CHECK(opened.append() == ErrorCode::KAFKA_STORAGE_ERROR);

  // The disk comes back to its senses: everything is there.
  const auto repaired = opened.fs.image_after_kill();
  log_file(repaired)->content = before;
  Opened again(repaired, expected);
  CHECK(again.log->offsets().log_end == expected.end);
  CHECK(again.append() == ErrorCode::NONE);
}

}  // namespace

TEST_CASE("damage: a flipped byte in the middle is never cut off") {
  auto one_segment = test::small_segments();
  one_segment.segment_bytes = 1 << 20;
  check_damage(one_segment, 1'500);
  check_damage(one_segment, 3'000);
}

TEST_CASE("damage: neither in a sealed segment") {
  check_damage(test::small_segments(), 900);
}
