#include "storage/compaction_record.hpp"

#include "unit/storage/compaction_fixture.hpp"

using namespace kreel;
using kreel::test::CompactionFixture;
using storage::CompactionRecord;

namespace {

const std::string kPartitionPath = "/p";

/// Segments 0, 10 and 20, and a new one for all three.
struct Replacement {
  Replacement() {
    REQUIRE(fs.make_directory(kPartitionPath));
    for (const Offset base : {0, 10, 20, 30}) {
      for (const auto suffix : {storage::kLogSuffix, storage::kOffsetIndexSuffix,
                                storage::kTimeIndexSuffix, storage::kSnapshotSuffix}) {
        make(storage::segment_file_name(base, suffix), "old");
      }
    }
    make("00000000000000000000.log.cleaned", "new log");
    make("00000000000000000000.txnindex.cleaned", "new transactions");
  }

  void make(const std::string& name, std::string_view content) {
    const auto file = fs.open(fs::join(kPartitionPath, name), fs::OpenMode::kCreateOrOpen);
    REQUIRE(file);
    REQUIRE((*file)->write_at(as_bytes(content), 0));
  }
  std::string content_of(const std::string& name) {
    const auto content = fs::read_whole_file(fs, fs::join(kPartitionPath, name), 1000);
    return content ? std::string(as_text(*content)) : "(none)";
  }
  bool exists(const std::string& name) { return fs.exists(fs::join(kPartitionPath, name)); }

  fs::MemoryFileSystem fs;
  CompactionRecord record{0, 7, {0, 10, 20}};
};

void check_finished(Replacement& at) {
  CHECK(at.content_of("00000000000000000000.log") == "new log");
  CHECK(at.content_of("00000000000000000000.txnindex") == "new transactions");
  for (const Offset base : {10, 20}) {
    CHECK(!at.exists(storage::segment_file_name(base, storage::kLogSuffix)));
    CHECK(!at.exists(storage::segment_file_name(base, storage::kSnapshotSuffix)));
  }
  CHECK(!at.exists("00000000000000000000.index"));
  CHECK(!at.exists("00000000000000000000.timeindex"));
  CHECK(at.exists("00000000000000000000.snapshot"));
  CHECK(at.content_of("00000000000000000030.log") == "old");
  CHECK(!at.exists("kreel-compaction"));
  CHECK(!at.exists("00000000000000000000.log.cleaned"));
}

}  // namespace

TEST_CASE("compaction record: with it the replacement is finished at the start") {
  Replacement at;
  REQUIRE(storage::write_compaction_record(at.fs, kPartitionPath, at.record));
  REQUIRE(storage::settle_compaction(at.fs, kPartitionPath));
  check_finished(at);
}

TEST_CASE("compaction record: a replacement that was cut off halfway is finished all the same") {
  Replacement at;
  REQUIRE(storage::write_compaction_record(at.fs, kPartitionPath, at.record));
  REQUIRE(at.fs.rename(kPartitionPath + "/00000000000000000000.log.cleaned",
                       kPartitionPath + "/00000000000000000000.log"));
  REQUIRE(at.fs.remove_file(kPartitionPath + "/00000000000000000010.log"));
  REQUIRE(storage::settle_compaction(at.fs, kPartitionPath));
  check_finished(at);
}

TEST_CASE("compaction record: without it the old segments stay, and what was written goes") {
  Replacement at;
  at.make("kreel-compaction.tmp", "half a record");
  REQUIRE(storage::settle_compaction(at.fs, kPartitionPath));
  for (const Offset base : {0, 10, 20, 30}) {
    CHECK(at.content_of(storage::segment_file_name(base, storage::kLogSuffix)) == "old");
    CHECK(at.exists(storage::segment_file_name(base, storage::kOffsetIndexSuffix)));
  }
  CHECK(!at.exists("00000000000000000000.log.cleaned"));
  CHECK(!at.exists("kreel-compaction.tmp"));
}

TEST_CASE(
    "compaction record: one that cannot be read, or does not fit, is an error and changes "
    "nothing") {
  for (const bool is_short : {true, false}) {
    Replacement at;
    if (is_short) at.record.size_bytes = 8;
    REQUIRE(storage::write_compaction_record(at.fs, kPartitionPath, at.record));
    if (!is_short) at.fs.find(kPartitionPath + "/kreel-compaction")->content[20] ^= std::byte{1};
    const auto settled = storage::settle_compaction(at.fs, kPartitionPath);
    REQUIRE(!settled);
    CHECK(settled.error().kind() == ErrorKind::kBadInput);
    CHECK(at.content_of("00000000000000000010.log") == "old");
    CHECK(at.content_of("00000000000000000000.log.cleaned") == "new log");
  }
}

namespace {

/// A log whose process ended when the compaction of segment 0 was decided, before any file had its
/// new name. Producer 5 has three batches there, of which the copy keeps the last.
struct CutOffCompaction : CompactionFixture {
  CutOffCompaction() {
    open();
    for (const std::int32_t sequence : {0, 1, 2}) put({{"a", "1"}}, producer(sequence));
    roll();
    const auto old_log = content(segment(0));
    compact();
    const auto new_log = content(segment(0));
    REQUIRE(new_log.size() < old_log.size());
    close();
    REQUIRE(fs_.rename(segment(0), cleaned()));
    REQUIRE(fs_.open(segment(0), fs::OpenMode::kCreateExclusive));
    content(segment(0)) = old_log;
    REQUIRE(storage::write_compaction_record(fs_, path(""), {0, new_log.size(), {0}}));
  }

  std::string cleaned() const { return segment(0) + std::string(storage::kCleanedSuffix); }
  static test::BatchOptions producer(std::int32_t sequence) {
    test::BatchOptions options;
    options.producer_id = 5;
    options.producer_epoch = 0;
    options.base_sequence = sequence;
    return options;
  }
};

}  // namespace

TEST_CASE(
    "compaction record: a start that finishes a compaction keeps what is saved of producers "
    "(KAFKA-12520)") {
  CutOffCompaction fixture;
  CHECK(!fixture.open().damage());
  CHECK(!fixture.exists(fixture.cleaned()));
  CHECK(fixture.batches().size() == 2);
  // The records have only the last batch to tell of.
  for (const std::int32_t sequence : {0, 1, 2}) {
    const auto again = fixture.put({{"a", "1"}}, CutOffCompaction::producer(sequence));
    CHECK(again.duplicate);
    CHECK(again.base_offset == sequence);
  }
}

TEST_CASE("compaction record: bytes behind the copy's end are damage, not cut off (KAFKA-12520)") {
  CutOffCompaction fixture;
  fixture.content(fixture.cleaned()).resize(fixture.content(fixture.cleaned()).size() + 7);
  const auto old_log = fixture.content(fixture.segment(0));
  CHECK(fixture.open().damage());
  CHECK(fixture.content(fixture.segment(0)) == old_log);
  CHECK(fixture.exists(fixture.cleaned()));
}

TEST_CASE("compaction record: a log whose record is damaged is read-only, and nothing is removed") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put("a", "1");
  fixture.close();
  REQUIRE(fixture.fs_.open(fixture.path(storage::kCompactionFile), fs::OpenMode::kCreateExclusive));
  auto& log = fixture.open();
  CHECK(log.damage());
  CHECK(fixture.exists(fixture.segment(0)));
  auto batch = test::keyed_batch({{"b", "1"}});
  CHECK(log.append(batch, storage::AppendOrigin::kClient).error ==
        protocol::ErrorCode::KAFKA_STORAGE_ERROR);
}
