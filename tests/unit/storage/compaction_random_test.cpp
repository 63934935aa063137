// Random lives of a compacted log against the simplest model there is: a map.
#include <set>

#include "unit/storage/compaction_fixture.hpp"

using namespace kreel;
using kreel::test::BatchOptions;
using kreel::test::CompactionFixture;
using kreel::test::FoundRecord;
using kreel::test::Keyed;

namespace {

class RandomLife {
 public:
  explicit RandomLife(std::uint64_t seed) : dice_(seed) {
    fixture_.config_.segment_bytes = 1200 + static_cast<std::int64_t>(below(1500));
    fixture_.config_.delete_retention_ms = below(2) == 0 ? 0 : 50'000;
    fixture_.options_.compaction.map_bytes_max = below(2) == 0 ? 16 * 30 : 1 << 20;
    fixture_.open();
  }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) {
      const auto what = below(20);
      if (what == 0) {
        compact_and_compare();
      } else if (what == 1) {
        fixture_.crash();
        fixture_.manager_->run_pending();  // compaction waits until the producers are saved again
      } else if (what == 2) {
        fixture_.clock_.advance_ms(static_cast<std::int64_t>(below(100'000)));
      } else {
        append();
      }
    }
    compact_and_compare();
    fixture_.restart();
    CHECK(fixture_.table() == model_);
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return dice_.next_u64() % bound; }

  void append() {
    std::vector<Keyed> records;
    const auto count = 1 + below(6);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto key = "k" + std::to_string(below(60));
      const auto value = std::to_string(next_value_++) + std::string(below(120), 'v');
      const bool is_tombstone = below(5) == 0;
      records.emplace_back(key, is_tombstone ? std::nullopt : std::optional(value));
      if (is_tombstone) {
        model_.erase(key);
      } else {
        model_[key] = value;
      }
    }
    BatchOptions options;
    options.timestamp = fixture_.clock_.wall_ms();
    options.compression = static_cast<protocol::Compression>(below(5));
    if (below(2) == 0) {
      options.producer_id = 1 + static_cast<ProducerId>(below(3));
      options.producer_epoch = 0;
      auto& sequence = sequences_[options.producer_id];
      options.base_sequence = sequence;
      sequence += static_cast<std::int32_t>(count);
    }
    const auto base = fixture_.put(records, options).base_offset;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto offset = base + static_cast<Offset>(i);
      const auto timestamp = options.timestamp + static_cast<TimestampMs>(i);
      written_[offset] = {offset, timestamp, records[i].first, records[i].second, records[i].first};
    }
  }

  void compact_and_compare() {
    const auto active = fixture_.log_->segment_base_offsets();
    fixture_.compact();
    REQUIRE(fixture_.table() == model_);
    std::map<std::string, Offset> seen;
    for (const auto& record : fixture_.records()) {
      REQUIRE(record == written_.at(record.offset));
      if (active.empty() || record.offset >= active.back()) break;
      const auto before = seen.try_emplace(record.key, record.offset);
      INFO(record.key, " at ", before.first->second, " and ", record.offset);
      REQUIRE(before.second);
    }
  }

  SeededRandom dice_;
  CompactionFixture fixture_;
  std::map<std::string, std::string> model_;
  std::map<Offset, FoundRecord> written_;
  std::map<ProducerId, std::int32_t> sequences_;
  int next_value_ = 0;
};

}  // namespace

TEST_CASE("compaction: whatever was written, a reader of all ends up with the same table") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed ", seed);
    RandomLife(seed).live(120);
  }
}
