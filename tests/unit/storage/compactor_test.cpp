// When logs are compacted, in which order, and what is remembered of it.
#include "storage/compactor.hpp"

#include "unit/storage/compaction_fixture.hpp"

using namespace kreel;
using kreel::test::BatchOptions;
using kreel::test::CompactionFixture;

namespace {

constexpr std::int64_t kOneHour = 3'600'000;
const storage::TopicPartition kOrders{"orders", 0};

storage::OffsetsByPartition checkpoint(CompactionFixture& fixture) {
  return *storage::read_offset_checkpoint(fixture.fs_, "/data/cleaner-offset-checkpoint");
}

std::uint64_t passes(CompactionFixture& fixture) {
  return fixture.manager_->compaction().passes.value();
}

}  // namespace

TEST_CASE("compactor: the checkpoint is Kafka's, and what is clean waits for the dirty ratio") {
  CompactionFixture fixture;
  fixture.config_.min_cleanable_dirty_ratio = 0.5;
  fixture.open();
  for (int i = 0; i < 20; ++i) fixture.put("key-" + std::to_string(i), "1");
  const auto end = fixture.roll();
  fixture.compact();
  CHECK(passes(fixture) == 1);
  CHECK(checkpoint(fixture) == storage::OffsetsByPartition{{kOrders, end}});
  const auto text = fixture.content("/data/cleaner-offset-checkpoint");
  CHECK(as_text(text) == "0\n1\norders 0 " + std::to_string(end) + "\n");

  fixture.put("key-0", "2");
  fixture.roll();
  fixture.compact();
  CHECK(passes(fixture) == 1);  // dirty, and less than half
  fixture.restart();
  fixture.compact();
  CHECK(passes(fixture) == 0);
  for (int i = 0; i < 40; ++i) fixture.put("key-" + std::to_string(i), "2");
  fixture.roll();
  fixture.compact();
  CHECK(passes(fixture) == 1);
  CHECK(fixture.table().at("key-0") == "2");
}

TEST_CASE("compactor: a record younger than min.compaction.lag.ms stays, and all after it") {
  CompactionFixture fixture;
  fixture.config_.min_compaction_lag_ms = kOneHour;
  fixture.open();
  fixture.put("a", "1");
  fixture.put("a", "2");
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "a a");
  fixture.clock_.advance_ms(kOneHour + 10);
  fixture.put("a", "3");
  fixture.put("a", "4");
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "a a a");
}

TEST_CASE("compactor: after max.compaction.lag.ms the ratio does not matter, and segments roll") {
  CompactionFixture fixture;
  fixture.config_.min_cleanable_dirty_ratio = 1;
  fixture.config_.max_compaction_lag_ms = kOneHour;
  fixture.config_.segment_bytes = 1 << 20;
  fixture.open();
  fixture.put("a", "1");
  fixture.put("a", "2");
  fixture.clock_.advance_ms(kOneHour + 1);
  fixture.put("b", "1");  // into a new segment, whatever segment.ms says
  CHECK(fixture.log_->segment_base_offsets().size() == 2);
  fixture.compact();
  CHECK(fixture.keys() == "a b");
}

TEST_CASE("compactor: the policy decides: delete alone is not compacted, compact,delete is both") {
  CompactionFixture fixture;
  fixture.config_.cleanup_compact = false;
  fixture.config_.cleanup_delete = true;
  fixture.config_.retention_ms = kOneHour;
  fixture.open();
  fixture.put("a", "1");
  fixture.put("a", "2");
  fixture.roll();
  fixture.compact();
  CHECK(fixture.keys() == "a a");
  auto both = fixture.config_;
  both.cleanup_compact = true;
  fixture.log_->set_config(both);
  fixture.compact();
  CHECK(fixture.keys() == "a");
  fixture.clock_.advance_ms(kOneHour + 1);
  fixture.put("b", "1");
  fixture.roll();
  fixture.manager_->apply_retention();
  fixture.manager_->apply_retention();
  fixture.compact();
  CHECK(fixture.keys() == "b");
  CHECK(fixture.log_->offsets().log_start > 0);
}

TEST_CASE("compactor: after DeleteRecords it begins at the new log start") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put("a", "1");
  fixture.roll();
  fixture.compact();
  for (int i = 0; i < 5; ++i) fixture.put("a", std::to_string(i));
  fixture.roll();
  REQUIRE(fixture.log_->delete_records_before(4) == protocol::ErrorCode::NONE);
  fixture.compact();
  fixture.manager_->apply_retention();
  CHECK(fixture.keys() == "a");
  CHECK(fixture.table().at("a") == "4");
  CHECK(!fixture.crash().damage());
  CHECK(fixture.log_->offsets().log_start == 4);
}

TEST_CASE(
    "compactor: the dirtiest log comes first, and one that fails keeps no other from its turn") {
  CompactionFixture fixture;
  fixture.open();
  auto other = fixture.open_partition("other");
  fixture.put("a", "1");
  fixture.put("a", "2");
  fixture.roll();
  for (int i = 0; i < 3; ++i) {
    auto batch = test::keyed_batch({{"x", std::string(450, 'x')}});
    other->append(batch, storage::AppendOrigin::kClient);
    fixture.manager_->run_pending();
  }
  fixture.content("/data/other-0/00000000000000000000.log")[70] ^= std::byte{1};
  fixture.compact();
  CHECK(fixture.keys() == "a");
  CHECK(fixture.manager_->compaction().failures.value() == 1);
  CHECK(checkpoint(fixture).size() == 1);
}

TEST_CASE("compactor: a new topic of an old name knows nothing of the old one's checkpoint") {
  for (const bool while_running : {true, false}) {
    CompactionFixture fixture;
    fixture.open();
    fixture.put("a", "1");
    fixture.roll();
    fixture.compact();
    REQUIRE(checkpoint(fixture).size() == 1);
    if (while_running) {
      REQUIRE(fixture.manager_->delete_logs({kOrders}));
    } else {
      fixture.close();
      REQUIRE(fs::remove_tree(fixture.fs_, "/data/orders-0"));
      fixture.open();
    }
    CHECK(checkpoint(fixture).empty());
  }
}

TEST_CASE(
    "compactor: it runs every log.cleaner.backoff.ms, and not at all where it is switched off") {
  for (const bool enabled : {true, false}) {
    CompactionFixture fixture;
    fixture.options_.compaction.enabled = enabled;
    fixture.options_.compaction.backoff_ms = 5'000;
    fixture.open();
    fixture.put("a", "1");
    fixture.put("a", "2");
    fixture.roll();
    fixture.clock_.advance_ms(4'999);
    fixture.manager_->run_due_work();
    CHECK(fixture.keys() == "a a");
    fixture.clock_.advance_ms(1);
    fixture.manager_->run_due_work();
    CHECK(fixture.keys() == (enabled ? "a" : "a a"));
  }
}

TEST_CASE("compactor: settings that change hold from the next round on") {
  CompactionFixture fixture;
  fixture.options_.compaction.backoff_ms = 5'000;
  fixture.open();
  auto settings = fixture.options_.compaction;
  settings.backoff_ms = 100;
  fixture.manager_->set_compaction(settings);
  fixture.clock_.advance_ms(5'000);
  fixture.manager_->run_due_work();
  fixture.put("a", "1");
  fixture.put("a", "2");
  fixture.roll();
  fixture.clock_.advance_ms(99);
  fixture.manager_->run_due_work();
  CHECK(fixture.keys() == "a a");
  fixture.clock_.advance_ms(1);
  fixture.manager_->run_due_work();
  CHECK(fixture.keys() == "a");
}

TEST_CASE("compactor: while the clock is not trusted no tombstone goes") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put("a", "1");
  fixture.put("a", "2");
  fixture.roll();
  fixture.clock_.jump_wall_ms(10 * kOneHour);
  fixture.manager_->apply_retention();
  fixture.compact();
  CHECK(fixture.keys() == "a a");
  for (int look = 0; look < 3; ++look) fixture.manager_->apply_retention();
  fixture.compact();
  CHECK(fixture.keys() == "a");
}

TEST_CASE("compactor: what is not durable, or not saved of producers, is not compacted") {
  CompactionFixture fixture;
  fixture.open();
  BatchOptions producer;
  producer.producer_id = 3;
  producer.producer_epoch = 0;
  for (int i = 0; i < 12; ++i) {
    producer.base_sequence = i;
    auto batch = test::keyed_batch({{"a", std::to_string(i) + std::string(80, 'v')}}, producer);
    fixture.log_->append(batch, storage::AppendOrigin::kClient);
  }
  REQUIRE(fixture.log_->segment_base_offsets().size() > 2);
  fixture.compact();
  fixture.manager_->run_pending();
  CHECK(fixture.records().size() == 12);
  fixture.compact();
  CHECK(fixture.records().size() < 12);
  fixture.crash();
  // All of the last five are known, though the log has not all of them any more.
  for (int i = 7; i < 12; ++i) {
    producer.base_sequence = i;
    auto batch = test::keyed_batch({{"a", std::to_string(i) + std::string(80, 'v')}}, producer);
    const auto again = fixture.log_->append(batch, storage::AppendOrigin::kClient);
    CHECK(again.duplicate);
    CHECK(again.base_offset == i);
  }
}

TEST_CASE("compactor: after a crash a log that nobody writes to is compacted all the same") {
  CompactionFixture fixture;
  fixture.open();
  fixture.put("a", "1");
  fixture.put("a", "2");
  fixture.roll();
  fixture.crash();
  fixture.compact();
  CHECK(fixture.keys() == "a a");  // what is known of producers is not on disk for sure
  fixture.manager_->run_pending();
  fixture.compact();
  CHECK(fixture.keys() == "a");
}
