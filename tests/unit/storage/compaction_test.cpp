// What compaction keeps of a log, and what it never touches.
#include "unit/storage/compaction_fixture.hpp"

using namespace kreel;
using kreel::test::BatchOptions;
using kreel::test::CompactionFixture;
using kreel::test::Keyed;
using Bases = std::vector<Offset>;

TEST_CASE("compaction: of each key the newest record stays, at its offset") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put({{"a", "1"}, {"b", "1"}, {"a", "2"}});
  fixture.put({{"b", "2"}, {"c", "1"}});
  fixture.roll();
  const auto before = fixture.table();
  const auto all = fixture.records();
  fixture.compact();
  CHECK(fixture.keys() == "a b c");
  CHECK(fixture.table() == before);
  for (const auto& record : fixture.records()) {
    CHECK(record == all.at(static_cast<std::size_t>(record.offset)));  // time and headers as well
  }
}

TEST_CASE("compaction: the active segment stays as it is") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put({{"a", "1"}, {"a", "2"}});
  fixture.compact();
  CHECK(fixture.keys() == "a a");
  fixture.roll();
  fixture.put("a", "3");
  fixture.compact();
  // The newest of the sealed part, although the active segment has a newer one.
  CHECK(fixture.keys() == "a a");
  CHECK(fixture.records()[0].value == "2");
}

TEST_CASE("compaction: all codecs are read and kept") {
  for (const auto codec : {protocol::Compression::kGzip, protocol::Compression::kSnappy,
                           protocol::Compression::kLz4, protocol::Compression::kZstd}) {
    CompactionFixture fixture;
    fixture.open();
    BatchOptions options;
    options.compression = codec;
    fixture.put({{"a", "1"}, {"b", "1"}, {"c", "1"}}, options);
    fixture.put({{"b", "2"}}, options);
    fixture.roll();
    fixture.compact();
    CHECK(fixture.keys() == "a c b");
    CHECK(fixture.batches()[0].compression() == codec);
    CHECK(fixture.batches()[0].record_count == 2);
  }
}

TEST_CASE(
    "compaction: a tombstone stays for delete.retention.ms from the first pass on (KAFKA-8522)") {
  CompactionFixture fixture;
  fixture.config_.delete_retention_ms = 10'000;
  fixture.open();
  fixture.put("a", "1");
  fixture.put("a", std::nullopt);
  fixture.roll();
  fixture.clock_.advance_ms(100'000);  // its age does not matter, only how long it could be read
  fixture.compact();
  REQUIRE(fixture.keys() == "a");
  CHECK(!fixture.records()[0].value);
  const auto header = fixture.batches()[0];
  CHECK(header.has_delete_horizon());
  CHECK(header.base_timestamp == fixture.clock_.wall_ms() + 10'000);

  fixture.clock_.advance_ms(9'999);
  fixture.put("b", "1");
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "a b");
  CHECK(fixture.batches()[0].base_timestamp == header.base_timestamp);

  fixture.clock_.advance_ms(1);
  fixture.put("c", "1");
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "b c");
}

TEST_CASE("compaction: a value after a tombstone lives") {
  CompactionFixture fixture;
  fixture.config_.delete_retention_ms = 0;
  fixture.open();
  fixture.put({{"a", "1"}, {"a", std::nullopt}, {"a", "2"}});
  fixture.roll();
  fixture.compact();
  fixture.put("b", "1");
  fixture.roll();
  fixture.compact();
  CHECK(fixture.table().at("a") == "2");
}

TEST_CASE("compaction: the longest delete.retention.ms does not run over") {
  CompactionFixture fixture;
  fixture.config_.delete_retention_ms = std::numeric_limits<std::int64_t>::max();
  fixture.open();
  fixture.put("a", std::nullopt);
  fixture.roll();
  fixture.compact();
  fixture.put("b", "1");
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "a b");
}

TEST_CASE("compaction: records without a key, of a time before it, go") {
  CompactionFixture fixture;
  fixture.config_.cleanup_compact = false;
  fixture.open();
  fixture.append_durably({"no key"});
  fixture.put("a", "1");
  auto config = fixture.config_;
  config.cleanup_compact = true;
  fixture.log_->set_config(config);
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "a");
}

TEST_CASE("compaction: small segments become one, up to segment.bytes") {
  CompactionFixture fixture;
  fixture.open();
  for (int i = 0; i < 4; ++i) {
    fixture.put({{"a", std::to_string(i)}});
    fixture.roll();
  }
  const auto before = fixture.log_->segment_base_offsets();
  REQUIRE(before.size() == 8);
  auto config = fixture.config_;
  config.segment_bytes = 1500;
  fixture.log_->set_config(config);
  fixture.compact();
  const auto after = fixture.log_->segment_base_offsets();
  CHECK(after == Bases{before[0], before[5], before[7]});
  for (const auto base : {before[1], before[2], before[3], before[4], before[6]}) {
    CHECK(!fixture.exists(fixture.segment(base)));
    CHECK(!fixture.exists(fixture.segment(base, storage::kOffsetIndexSuffix)));
  }
  CHECK(fixture.table().at("a") == "3");
}

TEST_CASE("compaction: offsets go on, and a fetch inside a hole gives what comes after it") {
  CompactionFixture fixture;
  fixture.open();
  for (int i = 0; i < 10; ++i) fixture.put("a", std::to_string(i));
  const auto end = fixture.roll();
  fixture.compact();
  const auto offsets = fixture.log_->offsets();
  CHECK(offsets.log_start == 0);
  CHECK(offsets.log_end == end + 1);
  const auto read = fixture.read(3);
  REQUIRE(read.error == protocol::ErrorCode::NONE);
  const auto header = protocol::read_batch_header(read.records.bytes());
  REQUIRE(header);
  CHECK(header->last_offset() >= 3);
  CHECK(fixture.put("b", "1").base_offset == end + 1);
}

TEST_CASE("compaction: a segment of which nothing is left keeps where it ends") {
  CompactionFixture fixture;
  fixture.config_.segment_bytes = 200;
  fixture.open();
  const std::string value(60, 'v');
  for (int i = 0; i < 6; ++i) fixture.put("a", value + std::to_string(i));
  const auto bases = fixture.log_->segment_base_offsets();
  REQUIRE(bases.size() > 3);
  fixture.compact();
  // No gap between segments, so a segment that is lost later can be told from a compacted one.
  for (const auto& header : fixture.batches()) CHECK(header.record_count <= 1);
  CHECK(fixture.keys() == "a a");
  auto& log = fixture.restart();
  CHECK(!log.damage());
  CHECK(fixture.keys() == "a a");
  auto config = fixture.config_;
  config.cleanup_compact = false;
  fixture.config_ = config;
  CHECK(!fixture.crash().damage());
}

TEST_CASE(
    "compaction: the last batch of a producer stays as an empty one, and its sequence is known") {
  CompactionFixture fixture;
  fixture.open();
  BatchOptions producer;
  producer.producer_id = 5;
  producer.producer_epoch = 1;
  producer.base_sequence = 0;
  fixture.put({{"a", "1"}, {"b", "1"}}, producer);
  fixture.put({{"a", "2"}, {"b", "2"}});
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "a b");
  const auto batches = fixture.batches();
  REQUIRE(batches[0].producer_id == 5);
  CHECK(batches[0].record_count == 0);
  CHECK(batches[0].last_offset() == 1);
  // Even with nothing but the log to learn it from.
  fixture.close();
  const auto names = *fixture.fs_.list("/data/orders-0");
  for (const auto& name : names) {
    if (name.ends_with(storage::kProducersSuffix) || name.ends_with(storage::kSnapshotSuffix)) {
      REQUIRE(fixture.fs_.remove_file(fixture.path(name)));
    }
  }
  fixture.open();
  producer.base_sequence = 2;
  CHECK(fixture.put({{"c", "1"}}, producer).error == protocol::ErrorCode::NONE);
  producer.base_sequence = 9;
  auto gap = test::keyed_batch({{"c", "2"}}, producer);
  CHECK(fixture.log_->append(gap, storage::AppendOrigin::kClient).error ==
        protocol::ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
}

TEST_CASE("compaction: keys that do not fit into memory at once take several passes") {
  CompactionFixture fixture;
  fixture.options_.compaction.map_bytes_max = 16 * 20;
  fixture.config_.segment_bytes = 2000;
  fixture.open();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      fixture.put("key-" + std::to_string(i), std::to_string(round) + "-" + std::to_string(i));
    }
  }
  fixture.put("last", std::string(1900, 'x'));
  const auto before = fixture.table();
  fixture.compact();
  CHECK(fixture.table() == before);
  CHECK(fixture.records().size() == 101);
  CHECK(fixture.manager_->compaction().passes.value() > 5);
}

TEST_CASE("compaction: look-ups by time and the largest time go by the records that are left") {
  CompactionFixture fixture;
  fixture.open();
  BatchOptions at;
  at.timestamp = 9'000;
  fixture.put({{"a", "future"}}, at);
  at.timestamp = 1'000;
  fixture.put({{"b", "1"}}, at);
  at.timestamp = 2'000;
  fixture.put({{"a", "2"}}, at);
  at.timestamp = 1'500;
  fixture.put({{"roll-x", std::string(450, 'r')}}, at);
  fixture.compact();
  REQUIRE(fixture.keys() == "b a");
  const auto largest = fixture.log_->find_max_timestamp(storage::Isolation::kReadUncommitted);
  REQUIRE(largest);
  REQUIRE(*largest);
  CHECK((*largest)->offset == 2);
  CHECK((*largest)->timestamp == 2'000);
  const auto first = fixture.log_->find_by_timestamp(1'001, storage::Isolation::kReadUncommitted);
  REQUIRE(first);
  REQUIRE(*first);
  CHECK((*first)->offset == 2);
}

TEST_CASE("compaction: who reads a segment goes on reading it after it was replaced") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put({{"a", "1"}, {"a", "2"}});
  fixture.roll();
  const auto before = fixture.read(0);
  REQUIRE(before.records.size_bytes() > 0);
  const auto size = before.records.size_bytes();
  fixture.compact();
  CHECK(test::values_in(before.records.bytes(), 0).size() >= 2);
  CHECK(before.records.size_bytes() == size);
  CHECK(fixture.keys() == "a");
}

TEST_CASE("compaction: a segment that goes while it is copied does not come back (redpanda#5991)") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put({{"a", "1"}, {"a", "2"}});
  fixture.roll();
  const auto end = fixture.roll();
  fixture.compact_and_delete(end);
  CHECK(fixture.log_->segment_base_offsets() == Bases{end});
  CHECK(!fixture.exists(fixture.segment(0)));
  CHECK(!fixture.exists(fixture.segment(0) + ".cleaned"));
  fixture.put("b", "1");
  CHECK(fixture.keys() == "b");
}

TEST_CASE("compaction: of segments that become one the first may go meanwhile (redpanda#17019)") {
  CompactionFixture fixture;
  fixture.open();
  for (int i = 0; i < 3; ++i) {
    fixture.put("a", std::to_string(i));
    fixture.roll();
  }
  const auto bases = fixture.log_->segment_base_offsets();
  const auto before = fixture.records();
  auto config = fixture.config_;
  config.segment_bytes = 1 << 20;  // all that are sealed become one
  fixture.log_->set_config(config);
  fixture.compact_and_delete(bases[1]);
  CHECK(fixture.log_->offsets().log_start == bases[1]);
  CHECK(fixture.log_->segment_base_offsets() == Bases(bases.begin() + 1, bases.end()));
  CHECK(fixture.records() ==
        std::vector(before.begin() + static_cast<std::ptrdiff_t>(bases[1]), before.end()));
  fixture.compact();
  CHECK(fixture.keys() == "a");
  fixture.log_start_ = bases[1];
  CHECK(!fixture.crash().damage());
  CHECK(fixture.keys() == "a");
}

TEST_CASE("compaction: damage is not made good, and the log stays as it is") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put({{"a", "1"}, {"a", "2"}});
  fixture.roll();
  auto& bytes = fixture.content(fixture.segment(0));
  bytes[protocol::kBatchHeaderBytes + 12] ^= std::byte{1};
  const auto before = bytes;
  fixture.compact();
  CHECK(fixture.content(fixture.segment(0)) == before);
  CHECK(fixture.manager_->compaction().failures.value() == 1);
  CHECK(!fixture.exists(fixture.segment(0) + ".cleaned"));
  fixture.compact();  // once is enough
  CHECK(fixture.manager_->compaction().failures.value() == 1);
}

TEST_CASE("compaction: nothing is left behind, and a restart finds the same") {
  for (const bool clean : {true, false}) {
    CompactionFixture fixture;
    fixture.open();
    for (int i = 0; i < 30; ++i) fixture.put("key-" + std::to_string(i % 7), std::to_string(i));
    fixture.roll();
    const auto before = fixture.table();
    fixture.compact();
    const auto records = fixture.records();
    const auto names = *fixture.fs_.list("/data/orders-0");
    for (const auto& name : names) {
      INFO(name);
      CHECK(!name.ends_with(".cleaned"));
      CHECK(name != storage::kCompactionFile);
    }
    auto& log = clean ? fixture.restart() : fixture.crash();
    CHECK(!log.damage());
    CHECK(fixture.records() == records);
    CHECK(fixture.table() == before);
  }
}
