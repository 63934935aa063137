#include "storage/limits.hpp"
#include "storage/meta_properties.hpp"
#include "support/faulty_file_system.hpp"
#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::LogFixture;
using Offsets = std::vector<Offset>;
using Values = std::vector<std::string>;

namespace {

/// Takes the proof away that anything is durable, as a power failure may.
void lose_marks(LogFixture& fixture) {
  fixture.content("/data/kreel-durable-marks").assign(64, std::byte{0});
}

void flip(LogFixture& fixture, Offset segment, std::size_t position) {
  fixture.content(fixture.segment(segment))[position] ^= std::byte{1};
}

std::vector<std::string> names_with(LogFixture& fixture, std::string_view part) {
  auto names = *fixture.fs_.list("/data/orders-0");
  std::erase_if(names, [&](const auto& name) { return name.find(part) == std::string::npos; });
  return names;
}

test::BatchOptions producer(std::int32_t sequence) {
  test::BatchOptions options;
  options.producer_id = 9;
  options.producer_epoch = 1;
  options.base_sequence = sequence;
  return options;
}

}  // namespace

TEST_CASE("recovery: a torn tail batch is cut back to the last valid one, and kept") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  const auto whole = fixture.content(fixture.segment(0)).size();
  fixture.append({"b"});
  fixture.close();
  auto& content = fixture.content(fixture.segment(0));
  content.resize(content.size() - 3);
  auto& log = fixture.open();
  CHECK(log.offsets().log_end == 1);
  CHECK(fixture.all_values() == Values{"a"});
  CHECK(fixture.content(fixture.segment(0)).size() == whole);
  const auto torn = names_with(fixture, ".torn");
  REQUIRE(torn.size() == 1);
  CHECK(fixture.content(fixture.path(torn[0])).size() == whole - 3);
  CHECK(fixture.append_durably({"c"}).base_offset == 1);
  CHECK(fixture.all_values() == Values{"a", "c"});
}

TEST_CASE("recovery: a tail that was never acknowledged but is whole is taken in") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.append({"b"});
  auto& log = fixture.crash();
  CHECK(log.offsets().high_watermark == 2);
  CHECK(fixture.all_values() == Values{"a", "b"});
}

TEST_CASE("recovery: what it takes in is on the disk before it is served (KAFKA-10101)") {
  test::ManualClock clock;
  SeededRandom random(1);
  storage::LogManagerOptions options;
  options.directory = "/data";
  auto image = std::make_shared<fs::MemoryNode>(true);
  for (int life = 0; life < 2; ++life) {
    test::FaultyFileSystem fs(image, clock);
    auto manager = storage::DiskLogManager::open(fs, clock, random, options);
    REQUIRE(manager);
    auto log = (*manager)->open_log({"orders", 0}, {}, {}, 0);
    REQUIRE(log);
    CHECK((*log)->offsets().high_watermark == (life == 0 ? 0 : 2));
    if (life == 0) {
      for (const auto* value : {"a", "b"}) {
        auto batch = test::make_batch({value});
        (*log)->append(batch, storage::AppendOrigin::kClient);
        if (std::string_view(value) == "a") (*manager)->run_pending();
      }
      CHECK((*log)->offsets().high_watermark == 1);
      image = fs.image_after_kill();
    } else {
      CHECK(fs.op_count(test::OpKind::kSync) > 0);
      const auto choices = fs.crash_choices(random, 16);
      for (const auto& choice : choices) {
        test::FaultyFileSystem next(fs.crash_image(choice), clock);
        auto again = storage::DiskLogManager::open(next, clock, random, options);
        REQUIRE(again);
        auto recovered = (*again)->open_log({"orders", 0}, {}, {}, 0);
        REQUIRE(recovered);
        CHECK((*recovered)->offsets().high_watermark == 2);
      }
    }
  }
}

TEST_CASE("recovery: zeros where a crash has grown the file are cut") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.close();
  auto& content = fixture.content(fixture.segment(0));
  const auto whole = content.size();
  content.resize(whole + 5000);
  fixture.open();
  CHECK(fixture.content(fixture.segment(0)).size() == whole);
  CHECK(fixture.all_values() == Values{"a"});
}

TEST_CASE("recovery: a bad batch below the durable mark is damage and nothing is cut") {
  LogFixture fixture;
  fixture.open();
  for (const auto* value : {"a", "b", "c"}) fixture.append_durably({value});
  fixture.close();
  const auto size = fixture.content(fixture.segment(0)).size();
  flip(fixture, 0, size / 3 + 65);
  auto& log = fixture.open();
  REQUIRE(log.damage());
  CHECK(log.damage()->at.offset == 1);
  CHECK(fixture.content(fixture.segment(0)).size() == size);
  CHECK(fixture.values_from(0) == Values{"a"});
  CHECK(fixture.read(1).error == ErrorCode::CORRUPT_MESSAGE);
  CHECK(fixture.read(2).error == ErrorCode::CORRUPT_MESSAGE);
  CHECK(log.offsets().log_end == 3);
  CHECK(fixture.append({"d"}).error == ErrorCode::KAFKA_STORAGE_ERROR);
}

TEST_CASE("recovery: durable bytes that are gone are damage too") {
  LogFixture fixture;
  fixture.open();
  for (const auto* value : {"a", "b", "c"}) fixture.append_durably({value});
  fixture.close();
  auto& content = fixture.content(fixture.segment(0));
  content.resize(content.size() / 3 * 2);
  auto& log = fixture.open();
  REQUIRE(log.damage());
  CHECK(log.damage()->at.offset == 2);
  CHECK(log.offsets().log_end == 3);
  CHECK(fixture.values_from(0) == Values{"a", "b"});
}

TEST_CASE("recovery: without proof a bad batch near the end is torn, one far from it is damage") {
  for (const bool is_far : {false, true}) {
    LogFixture fixture;
    fixture.config_.max_message_bytes = 64 << 20;
    fixture.open();
    fixture.append_durably({"a"});
    const auto first = fixture.content(fixture.segment(0)).size();
    fixture.append_durably({"b"});
    const std::string mebibytes(1 << 20, 'm');
    for (int i = 0; i < (is_far ? 17 : 3); ++i) fixture.append_durably({mebibytes});
    fixture.close();
    lose_marks(fixture);
    flip(fixture, 0, first + 65);
    auto& log = fixture.open();
    CHECK(log.damage().has_value() == is_far);
    CHECK(log.offsets().log_end == (is_far ? 19 : 1));
  }
}

TEST_CASE("recovery: a sealed segment with a bad CRC is never truncated, whatever follows") {
  for (const bool marks_are_lost : {false, true}) {
    LogFixture fixture;
    fixture.config_.segment_bytes = 2500;
    fixture.open();
    for (int i = 0; i < 6; ++i) fixture.append_durably({test::kKibibyte});
    fixture.close();
    if (marks_are_lost) lose_marks(fixture);
    const auto size = fixture.content(fixture.segment(2)).size();
    flip(fixture, 2, size - 1);
    auto& log = fixture.open();
    REQUIRE(log.damage());
    CHECK(log.damage()->at.offset == 3);
    CHECK(log.segment_base_offsets() == Offsets{0, 2, 4});
    CHECK(fixture.content(fixture.segment(2)).size() == size);
    CHECK(fixture.values_from(2).size() == 1);
    CHECK(fixture.read(4).error == ErrorCode::CORRUPT_MESSAGE);
  }
}

TEST_CASE("recovery: a missing middle segment is damage, also after a clean stop") {
  for (const bool clean : {false, true}) {
    LogFixture fixture;
    fixture.config_.segment_bytes = 2500;
    fixture.open();
    for (int i = 0; i < 6; ++i) fixture.append_durably({test::kKibibyte});
    if (clean) fixture.manager_->stop();
    fixture.close();
    REQUIRE(fixture.fs_.remove_file(fixture.segment(2)));
    auto& log = fixture.open();
    REQUIRE(log.damage());
    CHECK(log.damage()->at.offset == 2);
    CHECK(fixture.values_from(0).size() == 2);
    CHECK(fixture.read(3).error == ErrorCode::CORRUPT_MESSAGE);
  }
}

TEST_CASE("recovery: a compacted topic may have gaps between segments") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 2500;
  fixture.open();
  for (int i = 0; i < 6; ++i) fixture.append_durably({test::kKibibyte});
  fixture.manager_->stop();
  fixture.close();
  REQUIRE(fixture.fs_.remove_file(fixture.segment(2)));
  fixture.config_.cleanup_compact = true;
  auto& log = fixture.open();
  CHECK_FALSE(log.damage());
  CHECK(fixture.values_from(2).size() == 2);
}

TEST_CASE("recovery: records that two segments hold are damage, in a compacted topic, too") {
  for (const bool compacted : {false, true}) {
    LogFixture fixture;
    fixture.config_.segment_bytes = 2500;
    fixture.open();
    for (int i = 0; i < 6; ++i) fixture.append_durably({test::kKibibyte});
    fixture.manager_->stop();
    fixture.close();
    auto& first = fixture.content(fixture.segment(0));
    const auto second = fixture.content(fixture.segment(2));
    first.insert(first.end(), second.begin(), second.end());
    fixture.config_.cleanup_compact = compacted;
    auto& log = fixture.open();
    REQUIRE(log.damage());
    CHECK(log.damage()->at.offset == 2);
    CHECK(fixture.values_from(0).size() == 2);
    for (const Offset offset : {2, 3, 4}) {
      CHECK(fixture.read(offset).error == ErrorCode::CORRUPT_MESSAGE);
    }
  }
}

TEST_CASE("recovery: with strict, damage keeps the directory from opening") {
  LogFixture fixture;
  fixture.open();
  for (const auto* value : {"a", "b"}) fixture.append_durably({value});
  fixture.close();
  flip(fixture, 0, 65);
  fixture.options_.strict = true;
  const auto manager =
      storage::DiskLogManager::open(fixture.fs_, fixture.clock_, fixture.random_, fixture.options_);
  REQUIRE_FALSE(manager);
  CHECK(manager.error().kind() == ErrorKind::kBadInput);
}

TEST_CASE("recovery: a zero-length active segment is an empty one") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 1500;
  fixture.open();
  for (int i = 0; i < 2; ++i) fixture.append_durably({test::kKibibyte});
  fixture.close();
  lose_marks(fixture);
  fixture.content(fixture.segment(1)).clear();
  auto& log = fixture.open();
  CHECK_FALSE(log.damage());
  CHECK(log.offsets().log_end == 1);
  CHECK(fixture.append_durably({"a"}).base_offset == 1);
}

TEST_CASE("recovery: a directory without segments starts where the catalog says") {
  LogFixture fixture;
  REQUIRE(fs::make_directories(fixture.fs_, "/data/orders-0"));
  fixture.log_start_ = 70;
  auto& log = fixture.open();
  CHECK(log.offsets().log_start == 70);
  CHECK(fixture.append_durably({"a"}).base_offset == 70);
  fixture.crash();
  CHECK(fixture.values_from(70) == Values{"a"});
}

TEST_CASE("recovery: a log that ends below its promised start begins there, and reuses nothing") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a", "b"});
  fixture.close();
  fixture.log_start_ = 10;
  auto& log = fixture.open();
  CHECK(log.offsets().log_start == 10);
  CHECK(log.offsets().log_end == 10);
  CHECK(fixture.append_durably({"c"}).base_offset == 10);
  fixture.crash();
  CHECK(fixture.values_from(10) == Values{"c"});
}

TEST_CASE("recovery: an unnamed segment that continues the log is taken in") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 1500;
  fixture.open();
  fixture.append_durably({test::kKibibyte});
  fixture.append({test::kKibibyte});
  fixture.append({test::kKibibyte});
  REQUIRE(names_with(fixture, "kreel-next").size() == 2);
  auto& log = fixture.crash();
  CHECK(log.segment_base_offsets() == Offsets{0, 1, 2});
  CHECK(log.offsets().high_watermark == 3);
  CHECK(names_with(fixture, "kreel-next").empty());
}

TEST_CASE("recovery: an unnamed segment behind a cut is set aside") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 1500;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.append({std::string(1100, 'x')});
  fixture.append({test::kKibibyte});
  REQUIRE(names_with(fixture, "kreel-next").size() == 1);
  fixture.close();
  auto& content = fixture.content(fixture.segment(0));
  content.resize(content.size() - 10);
  auto& log = fixture.open();
  CHECK(log.offsets().log_end == 1);
  CHECK(names_with(fixture, "kreel-next").size() == 1);
  CHECK(names_with(fixture, ".torn").size() == 2);
}

TEST_CASE("recovery: unknown files and those on their way out do no harm") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.close();
  for (const auto* name :
       {"notes.txt", "00000000000000000007.log.deleted", "x.log", "00000000000000000009.index"}) {
    REQUIRE(fixture.fs_.open(fixture.path(name), fs::OpenMode::kCreateOrOpen));
  }
  fixture.open();
  CHECK(fixture.all_values() == Values{"a"});
  CHECK(fixture.exists(fixture.path("notes.txt")));
  CHECK(fixture.exists(fixture.path("x.log")));
  CHECK_FALSE(fixture.exists(fixture.path("00000000000000000007.log.deleted")));
}

TEST_CASE("recovery: stale index entries behind a cut do not come back") {
  LogFixture fixture;
  fixture.config_.index_interval_bytes = 0;
  fixture.open();
  for (int i = 0; i < 20; ++i) fixture.append_durably({test::kKibibyte});
  REQUIRE(fixture.log_->write_derived_files());
  fixture.close();
  lose_marks(fixture);
  flip(fixture, 0, 10 * 1095 + 100);
  auto& log = fixture.open();
  const auto end = log.offsets().log_end;
  REQUIRE(end < 20);
  const auto index_size = fixture.content(fixture.segment(0, storage::kOffsetIndexSuffix)).size();
  CHECK(index_size <= static_cast<std::size_t>(end) * 8);
  for (int i = 0; i < 20; ++i) fixture.append_durably({"0123456789"});
  fixture.crash();
  for (auto offset = end; offset < end + 20; ++offset) {
    CHECK(fixture.values_from(offset, 1) == Values{"0123456789"});
  }
}

TEST_CASE("recovery: duplicates are known after a crash, all five, with their offsets") {
  LogFixture fixture;
  fixture.open();
  for (std::int32_t i = 0; i < 7; ++i) fixture.append_durably({"v"}, producer(i));
  for (const bool clean : {true, false, false}) {
    if (clean) {
      fixture.restart();
    } else {
      fixture.crash();
    }
    for (std::int32_t i = 2; i < 7; ++i) {
      const auto again = fixture.append({"v"}, producer(i));
      CHECK(again.error == ErrorCode::NONE);
      CHECK(again.duplicate);
      CHECK(again.base_offset == i);
    }
    CHECK(fixture.append({"v"}, producer(1)).error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    CHECK(fixture.log_->offsets().log_end == 7);
  }
  CHECK(fixture.append_durably({"v"}, producer(7)).base_offset == 7);
}

TEST_CASE("recovery: duplicates are known when their records have been deleted") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"v"}, producer(0));
  REQUIRE(fixture.log_->delete_records_before(1) == protocol::ErrorCode::NONE);
  for (const bool clean : {true, false}) {
    const auto again = fixture.append({"v"}, producer(0));
    CHECK(again.duplicate);
    CHECK(again.base_offset == 0);
    clean ? fixture.restart() : fixture.crash();
  }
  CHECK(fixture.append_durably({"v"}, producer(1)).base_offset == 1);
}

TEST_CASE("recovery: of the snapshots that stops have left the newest stays") {
  LogFixture fixture;
  fixture.open();
  for (std::int32_t i = 0; i < 3; ++i) {
    fixture.append_durably({"v"}, producer(i));
    fixture.restart();
  }
  CHECK_FALSE(fixture.exists(fixture.segment(1, storage::kSnapshotSuffix)));
  CHECK_FALSE(fixture.exists(fixture.segment(2, storage::kSnapshotSuffix)));
  CHECK(fixture.exists(fixture.segment(3, storage::kSnapshotSuffix)));
}

TEST_CASE("recovery: a producer whose batch was cut off may send it again") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"}, producer(0));
  fixture.append({"b"}, producer(1));
  fixture.close();
  fixture.content(fixture.segment(0)).pop_back();
  fixture.open();
  const auto again = fixture.append({"b"}, producer(1));
  CHECK(again.error == ErrorCode::NONE);
  CHECK_FALSE(again.duplicate);
  CHECK(again.base_offset == 1);
}

TEST_CASE("recovery: a directory of Kafka's opens, with its snapshot for the producers") {
  LogFixture fixture;
  fixture.open();
  for (std::int32_t i = 0; i < 3; ++i) fixture.append_durably({"v"}, producer(i));
  fixture.manager_->stop();
  fixture.close();
  // What kreel alone writes goes, and the indexes get Kafka's preallocation.
  for (const auto& name : names_with(fixture, "kreel")) {
    REQUIRE(fixture.fs_.remove_file(fixture.path(name)));
  }
  REQUIRE(fixture.fs_.remove_file("/data/kreel-durable-marks"));
  fixture.content(fixture.segment(0, storage::kOffsetIndexSuffix)).resize(1 << 20);
  auto& log = fixture.open();
  CHECK(fixture.manager_->last_stop_was_clean());
  CHECK(log.offsets().log_end == 3);
  CHECK(fixture.append({"v"}, producer(2)).base_offset == 2);
  CHECK(fixture.append({"v"}, producer(1)).error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
}

TEST_CASE("recovery: a directory of another topic's id is set aside") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"old"});
  fixture.close();
  fixture.topic_id_.bytes[0] = std::byte{8};
  auto& log = fixture.open();
  CHECK(log.offsets().log_end == 0);
  fixture.append_durably({"new"});
  CHECK(fixture.all_values() == Values{"new"});
  const auto names = *fixture.fs_.list("/data");
  CHECK(std::ranges::any_of(names, [](const auto& name) { return name.ends_with("-stray"); }));
}

TEST_CASE(
    "recovery: partition.metadata and the epochs' file are written anew when they are damaged") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.close();
  fixture.content(fixture.path("partition.metadata")).clear();
  fixture.content(fixture.path("leader-epoch-checkpoint")).resize(3);
  fixture.open();
  fixture.append_durably({"b"});
  CHECK(fixture.all_values() == Values{"a", "b"});
  CHECK(*storage::read_partition_metadata(fixture.fs_, "/data/orders-0") == fixture.topic_id_);
}

TEST_CASE("recovery: every cut of the last batch gives the log before it") {
  LogFixture original;
  original.open();
  original.append_durably({"a"});
  const auto keep = original.content(original.segment(0)).size();
  original.append({"some more"});
  original.close();
  const auto whole = original.content(original.segment(0));
  for (auto size = keep; size < whole.size(); ++size) {
    original.content(original.segment(0))
        .assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    original.open();
    CHECK(original.all_values() == Values{"a"});
    original.close();
  }
}
