#include <doctest/doctest.h>

#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::BatchOptions;
using kreel::test::LogFixture;
using kreel::test::make_batch;

namespace {

std::vector<storage::AppendResult> append_group(storage::Log& log, std::vector<Bytes> batches) {
  std::vector<storage::GroupedBatch> group;
  for (auto& batch : batches) group.push_back({batch});
  log.append_group(group);
  std::vector<storage::AppendResult> results;
  for (auto& one : group) results.push_back(std::move(one.result));
  return results;
}

/// Batches of one client after the other: in order, sent twice, with a gap, broken, of an older
/// epoch, in a transaction that nobody knows of, compressed, too large.
class ManyBatches {
 public:
  explicit ManyBatches(std::uint64_t seed) : random_(seed) {}

  Bytes next(TimestampMs now_ms) {
    std::vector<std::string> values;
    const auto count = 1 + below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
      values.emplace_back(below(40) == 0 ? 700 : below(120), static_cast<char>('a' + below(26)));
    }
    BatchOptions options;
    options.timestamp = now_ms + static_cast<TimestampMs>(below(20)) * 100;
    if (below(5) == 0) options.compression = protocol::Compression::kLz4;
    if (below(3) != 0) be_a_producer(options, static_cast<std::int32_t>(count));
    auto batch = make_batch(values, options);
    if (below(25) == 0) batch.back() ^= std::byte{1};
    return batch;
  }
  std::uint64_t below(std::uint64_t bound) { return random_.next_u64() % bound; }

 private:
  void be_a_producer(BatchOptions& options, std::int32_t count) {
    if (below(4) == 0) producer_ = below(3);
    auto& next_sequence = next_sequences_[producer_];
    options.producer_id = static_cast<ProducerId>(producer_);
    options.producer_epoch = below(30) == 0 ? ProducerEpoch{0} : ProducerEpoch{1};
    options.base_sequence = next_sequence;
    options.transactional = below(30) == 0;
    if (below(12) == 0) return;  // and again
    next_sequence += count + (below(40) == 0 ? 1 : 0);
  }

  SeededRandom random_;
  std::uint64_t producer_ = 0;
  std::array<std::int32_t, 3> next_sequences_{};
};

void check_equal(const storage::AppendResult& alone, const storage::AppendResult& grouped) {
  CHECK(grouped.error == alone.error);
  CHECK(grouped.error_message == alone.error_message);
  CHECK(grouped.base_offset == alone.base_offset);
  CHECK(grouped.last_offset == alone.last_offset);
  CHECK(grouped.log_append_time_ms == alone.log_append_time_ms);
  CHECK(grouped.log_start_offset == alone.log_start_offset);
  CHECK(grouped.duplicate == alone.duplicate);
  CHECK(grouped.awaits_sync == alone.awaits_sync);
}

}  // namespace

TEST_CASE("append group: results and files are those of one append after the other") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    ManyBatches batches(seed);
    LogFixture alone;
    LogFixture grouped;
    for (LogFixture* fixture : {&alone, &grouped}) {
      fixture->config_.segment_bytes = 2'500;
      fixture->config_.index_interval_bytes = static_cast<std::int32_t>(seed % 4) * 300;
      fixture->config_.segment_ms = seed % 3 == 0 ? 1'000 : fixture->config_.segment_ms;
      fixture->open();
    }
    for (int turn = 0; turn < 25; ++turn) {
      std::vector<Bytes> together;
      const auto count = 1 + batches.below(9);
      for (std::uint64_t i = 0; i < count; ++i) {
        together.push_back(batches.next(alone.clock_.wall_ms()));
      }
      std::vector<storage::AppendResult> expected;
      for (Bytes batch : together) {
        expected.push_back(alone.log_->append(batch, storage::AppendOrigin::kClient));
      }
      const auto results = append_group(*grouped.log_, std::move(together));
      REQUIRE(results.size() == expected.size());
      for (std::size_t i = 0; i < results.size(); ++i) check_equal(expected[i], results[i]);
      for (LogFixture* fixture : {&alone, &grouped}) {
        fixture->clock_.advance_ms(static_cast<std::int64_t>(turn) * 10);
        fixture->manager_->run_pending();
      }
    }
    CHECK(grouped.all_values() == alone.all_values());
    CHECK(grouped.log_->segment_base_offsets() == alone.log_->segment_base_offsets());
    const auto bases = alone.log_->segment_base_offsets();
    for (LogFixture* fixture : {&alone, &grouped}) fixture->manager_->stop();
    for (const Offset base : bases) {
      CHECK(grouped.content(grouped.segment(base)) == alone.content(alone.segment(base)));
      for (const auto suffix : {storage::kOffsetIndexSuffix, storage::kTimeIndexSuffix}) {
        CHECK(grouped.content(grouped.segment(base, suffix)) ==
              alone.content(alone.segment(base, suffix)));
      }
    }
  }
}

TEST_CASE("append group: a producer's next batches need not wait for the first to be written") {
  LogFixture fixture;
  fixture.open();
  fixture.append({"first"});
  std::vector<Bytes> batches;
  for (std::int32_t sequence = 0; sequence < 4; ++sequence) {
    batches.push_back(make_batch({std::to_string(sequence)}, {.timestamp = 1'700'000'000'000,
                                                              .producer_id = 7,
                                                              .producer_epoch = 0,
                                                              .base_sequence = sequence}));
  }
  const auto results = append_group(*fixture.log_, std::move(batches));
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK(results[i].base_offset == static_cast<Offset>(1 + i));
  }
  const auto producers = fixture.log_->producers();
  REQUIRE(producers.size() == 1);
  CHECK(producers.front().last_sequence == 3);
}
