#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unit/storage/log_fixture.hpp"

namespace kreel::test {

using Keyed = std::pair<std::string, std::optional<std::string>>;

struct FoundRecord {
  Offset offset = 0;
  TimestampMs timestamp = 0;
  std::string key;
  std::optional<std::string> value;
  std::string header;
  bool operator==(const FoundRecord&) const = default;
};

inline Bytes keyed_batch(const std::vector<Keyed>& records, BatchOptions options = {}) {
  protocol::BatchBuilder::Options builder_options;
  builder_options.producer_id = options.producer_id;
  builder_options.producer_epoch = options.producer_epoch;
  builder_options.base_sequence = options.base_sequence;
  builder_options.compression = options.compression;
  builder_options.transactional = options.transactional;
  protocol::BatchBuilder builder(builder_options);
  for (std::size_t i = 0; i < records.size(); ++i) {
    protocol::NewRecord record;
    record.timestamp = options.timestamp + static_cast<TimestampMs>(i);
    record.key = as_bytes(records[i].first);
    if (records[i].second) record.value = as_bytes(*records[i].second);
    record.headers.push_back({"key", as_bytes(records[i].first)});
    builder.append(record);
  }
  return builder.build();
}

/// A compacted topic of small segments; nothing waits for a ratio or a lag.
class CompactionFixture : public LogFixture {
 public:
  explicit CompactionFixture(storage::FlushMode mode = storage::FlushMode::kCommit)
      : LogFixture(mode) {
    config_.cleanup_delete = false;
    config_.cleanup_compact = true;
    config_.segment_bytes = 600;
    config_.index_interval_bytes = 100;
    config_.min_cleanable_dirty_ratio = 0;
    config_.timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  }

  /// Durable; stamped with the present unless `options` says otherwise.
  storage::AppendResult put(const std::vector<Keyed>& records,
                            std::optional<BatchOptions> options = std::nullopt) {
    if (!options) {
      options.emplace();
      options->timestamp = clock_.wall_ms();
    }
    auto batch = keyed_batch(records, *options);
    auto result = log_->append(batch, storage::AppendOrigin::kClient);
    manager_->run_pending();
    CHECK(result.error == protocol::ErrorCode::NONE);
    return result;
  }
  storage::AppendResult put(const std::string& key, std::optional<std::string> value) {
    return put({{key, std::move(value)}});
  }
  /// Seals what is there: a batch that has no room beside it. Its keys are nobody else's.
  Offset roll() {
    const auto end = log_->offsets().log_end;
    put("roll-" + std::to_string(end), std::string(450, 'r'));
    CHECK(log_->segment_base_offsets().back() == end);
    return end;
  }

  /// Every batch that is there, by reads from the log start on.
  std::vector<protocol::BatchHeader> batches() {
    std::vector<protocol::BatchHeader> all;
    walk([&](ByteView batch) { all.push_back(*protocol::read_batch_header(batch)); });
    return all;
  }
  /// Markers aside.
  std::vector<FoundRecord> records() {
    std::vector<FoundRecord> all;
    walk([&](ByteView batch) {
      auto reader = protocol::BatchReader::open(batch, 1U << 24U);
      REQUIRE(reader);
      while (!reader->header().is_control()) {
        const auto record = reader->next();
        REQUIRE(record);
        if (!*record) return;
        const auto& one = **record;
        FoundRecord found{one.offset, one.timestamp, "(none)", std::nullopt, ""};
        if (one.key) found.key = as_text(*one.key);
        if (one.value) found.value = as_text(*one.value);
        if (!one.headers.empty()) found.header = as_text(*one.headers[0].value);
        all.push_back(std::move(found));
      }
    });
    return all;
  }
  /// Keys in the order of their records, those of roll() left out: "a b a".
  std::string keys() {
    std::string all;
    for (const auto& record : records()) {
      if (record.key.starts_with("roll-")) continue;
      if (!all.empty()) all += ' ';
      all += record.key;
    }
    return all;
  }
  /// What somebody who reads everything ends up with.
  std::map<std::string, std::string> table() {
    std::map<std::string, std::string> newest;
    for (const auto& record : records()) {
      newest.erase(record.key);
      if (record.value) newest[record.key] = *record.value;
    }
    return newest;
  }
  void compact() { manager_->compact(); }
  /// While the first copy is written, all segments below `before` go.
  void compact_and_delete(Offset before) {
    bool has_deleted = false;
    storage::CompactionOptions options;
    options.now_ms = clock_.wall_ms();
    options.map_bytes_max = 1 << 20;
    options.go_on = [&](std::uint64_t) {
      if (has_deleted || !exists(segment(0) + std::string(storage::kCleanedSuffix))) return true;
      has_deleted = true;
      CHECK(log_->delete_records_before(before) == protocol::ErrorCode::NONE);
      CHECK(log_->apply_retention({}));
      return true;
    };
    const auto outcome = log_->compact(options);
    REQUIRE_MESSAGE(outcome, outcome.error().message());
    REQUIRE(has_deleted);
  }

  template <class Visit>
  void walk(Visit visit) {
    const auto offsets = log_->offsets();
    for (auto next = offsets.log_start; next < offsets.high_watermark;) {
      const auto result = read(next);
      REQUIRE(result.error == protocol::ErrorCode::NONE);
      auto bytes = result.records.bytes();
      REQUIRE(!bytes.empty());
      while (const auto header = protocol::read_batch_header(bytes)) {
        const auto batch = bytes.first(header->size_bytes());
        REQUIRE(protocol::batch_crc_is_valid(batch));
        REQUIRE(header->last_offset() >= next);
        visit(batch);
        next = header->last_offset() + 1;
        bytes = bytes.subspan(batch.size());
      }
    }
  }
};

}  // namespace kreel::test
