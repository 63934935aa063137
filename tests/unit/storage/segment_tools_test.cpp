#include "storage/segment_tools.hpp"

#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::segments::Severity;
using kreel::test::LogFixture;
using Values = std::vector<std::string>;

namespace {

constexpr std::size_t kBatchBytes = 61 + 9 + 1024 + 1;

/// Three segments of two batches each, stopped cleanly.
void fill_segments(LogFixture& fixture) {
  fixture.config_.segment_bytes = 2500;
  fixture.open();
  for (std::int32_t i = 0; i < 6; ++i) {
    test::BatchOptions options;
    options.producer_id = 5;
    options.producer_epoch = 0;
    options.base_sequence = i;
    fixture.append_durably({test::kKibibyte}, options);
  }
  fixture.manager_->stop();
  fixture.close();
}

std::vector<segments::Finding> findings(LogFixture& fixture) {
  const auto report = storage::verify(fixture.fs_, "/data");
  REQUIRE(report);
  return report->findings;
}

void repair(LogFixture& fixture) {
  const auto plan = storage::plan_repair(fixture.fs_, "/data");
  REQUIRE(plan);
  CHECK_FALSE(plan->steps.empty());
  const auto applied = storage::apply_repair(fixture.fs_, *plan);
  if (!applied) FAIL(applied.error().message());
  // Only the indexes are left to be made anew, by a broker.
  for (const auto& finding : findings(fixture)) CHECK(finding.severity == Severity::kMissing);
}

}  // namespace

TEST_CASE("segments: partitions are listed from a data directory or from their own") {
  LogFixture fixture;
  fill_segments(fixture);
  for (const auto* directory : {"/data", "/data/orders-0"}) {
    const auto partitions = storage::list_partitions(fixture.fs_, directory);
    REQUIRE(partitions);
    REQUIRE(partitions->size() == 1);
    CHECK((*partitions)[0].topic == "orders");
    CHECK((*partitions)[0].segments.size() == 3);
  }
  CHECK(storage::list_partitions(fixture.fs_, "/nowhere").error().kind() == ErrorKind::kNotFound);
}

TEST_CASE("segments: a log's batches and records are dumped") {
  LogFixture fixture;
  fixture.open();
  test::BatchOptions options;
  options.producer_id = 5;
  options.producer_epoch = 2;
  options.base_sequence = 0;
  options.compression = protocol::Compression::kZstd;
  fixture.append_durably({"a", "b"}, options);
  std::vector<segments::Batch> batches;
  std::vector<segments::Record> records;
  segments::DumpCallbacks callbacks;
  callbacks.batch = [&](const auto& batch) { batches.push_back(batch); };
  callbacks.record = [&](const auto&, const auto& record) { records.push_back(record); };
  const auto result = storage::dump_file(fixture.fs_, fixture.segment(0), callbacks);
  REQUIRE(result);
  CHECK(result->invalid_bytes_at_end == 0);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].last_offset == 1);
  CHECK(batches[0].compression == "zstd");
  CHECK(batches[0].producer_epoch == 2);
  CHECK(batches[0].last_sequence == 1);
  CHECK(batches[0].crc_is_valid);
  REQUIRE(records.size() == 2);
  CHECK(records[1].value == "b");
  CHECK(records[1].offset == 1);
  CHECK(records[1].sequence == 1);
  CHECK_FALSE(records[1].key);
}

TEST_CASE("segments: trailing garbage and a bad CRC are told") {
  LogFixture fixture;
  fill_segments(fixture);
  auto& content = fixture.content(fixture.segment(0));
  content.back() ^= std::byte{1};
  content.resize(content.size() + 7);
  int valid = 0;
  int invalid = 0;
  segments::DumpCallbacks callbacks;
  callbacks.batch = [&](const auto& batch) { ++(batch.crc_is_valid ? valid : invalid); };
  const auto result = storage::dump_file(fixture.fs_, fixture.segment(0), callbacks);
  REQUIRE(result);
  CHECK(valid == 1);
  CHECK(invalid == 1);
  CHECK(result->invalid_bytes_at_end == 7);
  CHECK_FALSE(result->reason.empty());
}

TEST_CASE(
    "segments: of a log no more is read than was asked for, and what follows is not invalid") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a", "b"});
  fixture.append_durably({"c"});
  std::vector<segments::Batch> batches;
  segments::DumpCallbacks callbacks;
  callbacks.batch = [&](const auto& batch) { batches.push_back(batch); };
  REQUIRE(storage::dump_file(fixture.fs_, fixture.segment(0), callbacks));
  REQUIRE(batches.size() == 2);
  const auto second = batches[1].position;
  for (const std::uint64_t bytes_max : {second, second + 20, second + batches[1].size_bytes - 1}) {
    batches.clear();
    const auto result = storage::dump_file(fixture.fs_, fixture.segment(0), callbacks, bytes_max);
    REQUIRE(result);
    CHECK(batches.size() == 1);
    CHECK(result->invalid_bytes_at_end == 0);
  }
}

TEST_CASE("segments: indexes and snapshots are dumped, other files are refused") {
  LogFixture fixture;
  fixture.config_.index_interval_bytes = 0;
  fill_segments(fixture);
  std::vector<std::int64_t> offsets;
  std::vector<std::int64_t> times;
  std::vector<segments::ProducerState> producers;
  segments::DumpCallbacks callbacks;
  callbacks.offset_entry = [&](const auto& entry) { offsets.push_back(entry.offset); };
  callbacks.time_entry = [&](const auto& entry) { times.push_back(entry.offset); };
  callbacks.producer = [&](const auto& producer) { producers.push_back(producer); };
  const auto dump = [&](std::string_view suffix) {
    REQUIRE(storage::dump_file(fixture.fs_, fixture.segment(2, suffix), callbacks));
  };
  dump(storage::kOffsetIndexSuffix);
  dump(storage::kTimeIndexSuffix);
  dump(storage::kSnapshotSuffix);
  CHECK(offsets == std::vector<std::int64_t>{3});
  CHECK(times == std::vector<std::int64_t>{2});
  REQUIRE(producers.size() == 1);
  CHECK(producers[0].producer_id == 5);
  CHECK(producers[0].last_sequence == 1);
  const auto other = storage::dump_file(fixture.fs_, "/data/meta.properties", callbacks);
  CHECK(other.error().kind() == ErrorKind::kUsage);
}

TEST_CASE("verify: a sound directory has no findings") {
  LogFixture fixture;
  fill_segments(fixture);
  const auto report = storage::verify(fixture.fs_, "/data");
  REQUIRE(report);
  CHECK(report->findings.empty());
  CHECK(report->partitions == 1);
  CHECK(report->segments == 3);
  CHECK(report->batches == 6);
  CHECK(report->records == 6);
  CHECK(storage::plan_repair(fixture.fs_, "/data")->steps.empty());
}

TEST_CASE("verify: damage, a torn tail and a wrong index are told apart") {
  LogFixture fixture;
  fill_segments(fixture);
  fixture.content(fixture.segment(0))[100] ^= std::byte{1};
  fixture.content(fixture.segment(4)).pop_back();
  fixture.content(fixture.segment(2, storage::kTimeIndexSuffix)).pop_back();
  // Behind a clean stop nothing is torn.
  REQUIRE(findings(fixture).size() == 3);
  CHECK(findings(fixture)[2].severity == Severity::kDamage);
  REQUIRE(fixture.fs_.remove_file("/data/.kafka_cleanshutdown"));
  const auto found = findings(fixture);
  REQUIRE(found.size() == 3);
  CHECK(found[0].severity == Severity::kDamage);
  CHECK(found[0].file == fixture.segment(0));
  CHECK(found[0].position == 0);
  CHECK(found[1].severity == Severity::kDerived);
  CHECK(found[2].severity == Severity::kTorn);
  CHECK(found[2].offset == 5);
}

TEST_CASE("verify: missing offsets are damage, but not in a compacted log") {
  LogFixture fixture;
  fill_segments(fixture);
  REQUIRE(fixture.fs_.remove_file(fixture.segment(2)));
  const auto found = findings(fixture);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::kDamage);
  CHECK(found[0].offset == 2);
}

TEST_CASE("repair: a bad batch in the middle goes, its neighbours stay, and the log is writable") {
  LogFixture fixture;
  fill_segments(fixture);
  const auto before = fixture.content(fixture.segment(0));
  fixture.content(fixture.segment(0))[100] ^= std::byte{1};
  const auto damaged = fixture.content(fixture.segment(0));
  repair(fixture);
  CHECK(fixture.content(fixture.segment(0) + ".bak") == damaged);
  auto& log = fixture.open();
  CHECK_FALSE(log.damage());
  CHECK(log.offsets().log_end == 6);
  CHECK(fixture.values_from(0).size() == 1);
  CHECK(fixture.append_durably({"more"}).base_offset == 6);
}

TEST_CASE("repair: a bad batch at the end of a sealed segment leaves an empty one") {
  LogFixture fixture;
  fill_segments(fixture);
  fixture.content(fixture.segment(2)).back() ^= std::byte{1};
  repair(fixture);
  auto& log = fixture.open();
  CHECK_FALSE(log.damage());
  CHECK(fixture.values_from(2).size() == 1);
  CHECK(fixture.values_from(3).empty());
  CHECK(fixture.values_from(4).size() == 2);
}

TEST_CASE("repair: a missing segment's offsets are covered") {
  LogFixture fixture;
  fill_segments(fixture);
  REQUIRE(fixture.fs_.remove_file(fixture.segment(2)));
  repair(fixture);
  auto& log = fixture.open();
  CHECK_FALSE(log.damage());
  CHECK(log.offsets().log_end == 6);
}

TEST_CASE("repair: batches that the next segment has, too, go from the one before") {
  LogFixture fixture;
  fill_segments(fixture);
  auto& first = fixture.content(fixture.segment(0));
  const auto second = fixture.content(fixture.segment(2));
  first.insert(first.end(), second.begin(), second.end());
  const auto found = findings(fixture);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::kDamage);
  CHECK(found[0].offset == 2);
  repair(fixture);
  auto& log = fixture.open();
  CHECK_FALSE(log.damage());
  CHECK(log.offsets().log_end == 6);
  CHECK(fixture.values_from(0).size() == 2);
  CHECK(fixture.values_from(2).size() == 2);
}

TEST_CASE("repair: durable records that are gone from the end give no offset out again") {
  LogFixture fixture;
  fill_segments(fixture);
  fixture.content(fixture.segment(4))[kBatchBytes + 70] ^= std::byte{1};
  REQUIRE(fixture.fs_.remove_file("/data/.kafka_cleanshutdown"));
  repair(fixture);
  auto& log = fixture.open();
  CHECK_FALSE(log.damage());
  CHECK(log.offsets().log_end == 6);
  CHECK(fixture.append_durably({"more"}).base_offset == 6);
}

TEST_CASE("repair: a backup is never overwritten, and a running broker's directory is refused") {
  LogFixture fixture;
  fill_segments(fixture);
  fixture.content(fixture.segment(0))[100] ^= std::byte{1};
  const auto plan = storage::plan_repair(fixture.fs_, "/data");
  REQUIRE(plan);
  REQUIRE(fixture.fs_.open(fixture.segment(0) + ".bak", fs::OpenMode::kCreateOrOpen));
  CHECK(storage::apply_repair(fixture.fs_, *plan).error().kind() == ErrorKind::kRefused);
  CHECK(fixture.exists(fixture.segment(0)));
  REQUIRE(fixture.fs_.remove_file(fixture.segment(0) + ".bak"));
  fixture.open();
  CHECK(storage::apply_repair(fixture.fs_, *plan).error().kind() == ErrorKind::kRefused);
}

TEST_CASE("repair: one that was cut short between its renames is finished") {
  LogFixture fixture;
  fill_segments(fixture);
  const auto path = fixture.segment(2);
  REQUIRE(fixture.fs_.rename(path, path + ".repaired"));
  const auto applied = storage::apply_repair(fixture.fs_, {"/data", {}});
  REQUIRE(applied);
  CHECK(findings(fixture).empty());
}

TEST_CASE("verify: an index that is not there is noted, and no damage") {
  LogFixture fixture;
  fill_segments(fixture);
  REQUIRE(fixture.fs_.remove_file(fixture.segment(0, storage::kOffsetIndexSuffix)));
  const auto found = findings(fixture);
  REQUIRE(found.size() == 1);
  CHECK(found[0].severity == Severity::kMissing);
  CHECK(found[0].file == fixture.segment(0, storage::kOffsetIndexSuffix));
}
