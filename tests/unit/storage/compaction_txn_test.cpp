// Compaction of logs with transactions: aborted data, markers, and what is still open.
#include <algorithm>

#include "unit/storage/compaction_fixture.hpp"

using namespace kreel;
using kreel::test::BatchOptions;
using kreel::test::CompactionFixture;

namespace {

class TxnCompaction : public CompactionFixture {
 public:
  TxnCompaction() {
    config_.delete_retention_ms = 1'000;
    open();
  }

  void write(ProducerId id, const std::string& key, std::optional<std::string> value) {
    BatchOptions options;
    options.timestamp = clock_.wall_ms();
    options.producer_id = id;
    options.producer_epoch = 0;
    options.base_sequence = sequences_[id]++;
    options.transactional = true;
    auto batch = test::keyed_batch({{key, std::move(value)}}, options);
    const auto guard = log_->start_verification({id, 0, options.base_sequence, false});
    CHECK(log_->append_verified(batch, guard).error == protocol::ErrorCode::NONE);
    manager_->run_pending();
  }
  void end(ProducerId id, bool committed) {
    CHECK(log_->append_marker({id, 0, 0, committed, 0}).error == protocol::ErrorCode::NONE);
    manager_->run_pending();
  }
  /// With something new, so that there is something to do.
  void compact_again() {
    put("again", "1");
    roll();
    compact();
  }
  std::vector<Offset> markers() {
    std::vector<Offset> offsets;
    for (const auto& header : batches()) {
      if (header.is_control() && header.record_count > 0) offsets.push_back(header.base_offset);
    }
    return offsets;
  }
  std::string value_of(const std::string& key) {
    const auto all = table();
    const auto found = all.find(key);
    return found == all.end() ? "(none)" : found->second;
  }

 private:
  std::map<ProducerId, std::int32_t> sequences_;
};

using Offsets = std::vector<Offset>;

}  // namespace

TEST_CASE(
    "compaction of transactions: aborted records go, and what they would have replaced stays") {
  TxnCompaction at;
  at.put("a", "1");
  at.write(7, "a", "aborted");
  at.write(7, "b", "aborted");
  at.end(7, false);
  at.roll();
  at.compact();
  CHECK(at.value_of("a") == "1");
  CHECK(at.value_of("b") == "(none)");
  at.crash();
  CHECK(at.value_of("a") == "1");
  CHECK(at.log_->offsets().last_stable == at.log_->offsets().high_watermark);
}

TEST_CASE(
    "compaction of transactions: a marker goes one horizon after its records (crabka#528, "
    "KIP-534)") {
  for (const bool committed : {true, false}) {
    TxnCompaction at;
    at.write(7, "a", "1");
    at.end(7, committed);
    at.put("a", "2");
    at.write(7, "c", "1");  // the last batch of the producer is another one
    at.end(7, true);
    at.roll();
    at.compact();
    CHECK(at.markers() == Offsets{1, 4});  // the walk has met the record still
    at.compact_again();
    REQUIRE(at.markers() == Offsets{1, 4});  // nothing is left of it: its time begins
    const auto header = at.batches().front();
    CHECK(header.has_delete_horizon());
    CHECK(header.base_timestamp == at.clock_.wall_ms() + 1'000);
    at.clock_.advance_ms(999);
    at.compact_again();
    CHECK(at.markers() == Offsets{1, 4});
    at.clock_.advance_ms(1);
    at.compact_again();
    CHECK(at.markers() == Offsets{4});
    CHECK(at.value_of("a") == "2");
    CHECK(at.value_of("c") == "1");
  }
}

TEST_CASE("compaction of transactions: an open one and all after it wait for its end") {
  TxnCompaction at;
  at.put("a", "1");
  at.put("a", "2");
  at.roll();
  at.write(7, "b", "1");
  at.put("a", "3");
  at.put("a", "4");
  at.roll();
  at.compact();
  CHECK(at.keys() == "a b a a");
  at.end(7, true);
  at.compact();
  CHECK(at.keys() == "b a");
  CHECK(at.value_of("b") == "1");
}

TEST_CASE(
    "compaction of transactions: an aborted batch that stays empty keeps its marker and its "
    "index") {
  TxnCompaction at;
  at.write(7, "a", "aborted");
  at.end(7, false);
  at.roll();
  at.compact();
  at.clock_.advance_ms(5'000);
  at.compact_again();
  at.clock_.advance_ms(5'000);
  at.compact_again();
  const auto first = at.batches().front();
  REQUIRE(first.producer_id == 7);  // its last batch, for the sequence
  CHECK(first.record_count == 0);
  CHECK(at.markers() == Offsets{1});
  const auto read = at.log_->read({0, 1000, true, storage::Isolation::kReadCommitted, false});
  CHECK(read.aborted.size() == 1);
  // Without the marker this batch would be an open transaction for ever.
  at.crash();
  CHECK(at.log_->offsets().last_stable == at.log_->offsets().high_watermark);
}
