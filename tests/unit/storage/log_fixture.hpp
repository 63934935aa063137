#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.hpp"
#include "fs/memory_file_system.hpp"
#include "protocol/record_batch.hpp"
#include "storage/disk_log_manager.hpp"
#include "storage/names.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace kreel::test {

struct BatchOptions {
  TimestampMs timestamp = 1'700'000'000'000;
  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  std::int32_t base_sequence = -1;
  protocol::Compression compression = protocol::Compression::kNone;
  bool transactional = false;
};

/// One batch with a record for each value; timestamps count up from the option's.
inline Bytes make_batch(const std::vector<std::string>& values, BatchOptions options = {}) {
  protocol::BatchBuilder::Options builder_options;
  builder_options.producer_id = options.producer_id;
  builder_options.producer_epoch = options.producer_epoch;
  builder_options.base_sequence = options.base_sequence;
  builder_options.compression = options.compression;
  builder_options.transactional = options.transactional;
  protocol::BatchBuilder builder(builder_options);
  for (std::size_t i = 0; i < values.size(); ++i) {
    protocol::NewRecord record;
    record.timestamp = options.timestamp + static_cast<TimestampMs>(i);
    record.value = as_bytes(values[i]);
    builder.append(record);
  }
  return builder.build();
}

/// The records' values in whole batches; offsets below `from` are left out.
inline std::vector<std::string> values_in(ByteView bytes, Offset from) {
  std::vector<std::string> values;
  while (const auto header = protocol::read_batch_header(bytes)) {
    REQUIRE(header->size_bytes() <= bytes.size());
    const auto batch = bytes.first(header->size_bytes());
    REQUIRE(protocol::batch_crc_is_valid(batch));
    auto reader = protocol::BatchReader::open(batch, 1U << 24U);
    REQUIRE(reader);
    while (true) {
      const auto record = reader->next();
      REQUIRE(record);
      if (!*record) break;
      if ((*record)->offset >= from) values.emplace_back(as_text(*(*record)->value));
    }
    bytes = bytes.subspan(batch.size());
  }
  CHECK(bytes.empty());
  return values;
}

inline const std::string kKibibyte(1024, 'k');

/// A data directory in memory, its manager driven by hand, and a partition "orders-0".
class LogFixture {
 public:
  explicit LogFixture(storage::FlushMode mode = storage::FlushMode::kCommit) {
    options_.directory = "/data";
    options_.flush.mode = mode;
    options_.flush.interval_ms = 50;
    options_.recovery_threads = 1;
    topic_id_.bytes[0] = std::byte{7};
  }

  /// Opens the manager and the partition.
  storage::PartitionLog& open() {
    auto manager = storage::DiskLogManager::open(fs_, clock_, random_, options_);
    if (!manager) FAIL(manager.error().message());
    manager_ = std::move(*manager);
    if (saver_) manager_->set_log_start_saver(saver_);
    log_ = open_partition("orders", log_start_);
    return *log_;
  }
  std::shared_ptr<storage::PartitionLog> open_partition(const std::string& topic,
                                                        Offset log_start = 0) {
    auto log = manager_->open_log({topic, 0}, topic_id_, config_, log_start);
    if (!log) FAIL(log.error().message());
    return std::dynamic_pointer_cast<storage::PartitionLog>(*log);
  }
  /// Stops cleanly and starts again.
  storage::PartitionLog& restart() {
    manager_->stop();
    return crash();
  }
  /// As kill -9: what was written stays, nothing is tidied up.
  storage::PartitionLog& crash() {
    close();
    return open();
  }
  void close() {
    log_.reset();
    manager_.reset();
  }

  storage::AppendResult append(const std::vector<std::string>& values, BatchOptions options = {}) {
    auto batch = make_batch(values, options);
    return log_->append(batch, storage::AppendOrigin::kClient);
  }
  /// Appends and brings to the disk.
  storage::AppendResult append_durably(const std::vector<std::string>& values,
                                       BatchOptions options = {}) {
    auto result = append(values, options);
    manager_->run_pending();
    return result;
  }
  storage::ReadResult read(Offset from, std::size_t max_bytes = 1U << 20U) {
    return log_->read({from, max_bytes, true, storage::Isolation::kReadUncommitted, false});
  }
  std::vector<std::string> values_from(Offset from, std::size_t max_bytes = 1U << 20U) {
    const auto result = read(from, max_bytes);
    CHECK(result.error == protocol::ErrorCode::NONE);
    return values_in(result.records.bytes(), from);
  }
  /// All that can be read, over as many reads as it takes.
  std::vector<std::string> all_values() {
    std::vector<std::string> values;
    const auto offsets = log_->offsets();
    for (auto next = offsets.log_start; next < offsets.high_watermark;) {
      const auto some = values_from(next);
      if (some.empty()) break;
      values.insert(values.end(), some.begin(), some.end());
      next += static_cast<Offset>(some.size());
    }
    return values;
  }

  std::string path(std::string_view name) const { return "/data/orders-0/" + std::string(name); }
  std::string segment(Offset base, std::string_view suffix = storage::kLogSuffix) const {
    return path(storage::segment_file_name(base, suffix));
  }
  Bytes& content(const std::string& path) {
    const auto node = fs_.find(path);
    REQUIRE_MESSAGE(node, path);
    return node->content;
  }
  bool exists(const std::string& path) { return fs_.exists(path); }

  ManualClock clock_;
  ManualExecutor executor_{clock_};
  fs::MemoryFileSystem fs_{clock_};
  SeededRandom random_{1};
  storage::LogManagerOptions options_;
  storage::LogConfig config_;
  Uuid topic_id_;
  Offset log_start_ = 0;
  storage::LogManager::LogStartSaver saver_;
  std::unique_ptr<storage::DiskLogManager> manager_;
  std::shared_ptr<storage::PartitionLog> log_;
};

}  // namespace kreel::test
