#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/executor.hpp"
#include "coordinator/record_writer.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::test {

/// __consumer_offsets, or __transaction_state, in memory. Batches become durable in the next task
/// of the executor, or when the test says so; appends and syncs fail when the test says so.
class FakeOffsetsLog final : public coordinator::RecordWriter {
 public:
  explicit FakeOffsetsLog(Executor& executor) : executor_(executor) {}

  Appended append(PartitionId partition, MutableByteView batch, Durable durable) override {
    if (fail_appends > 0) {
      --fail_appends;
      return {append_error, -1};
    }
    auto& batches = batches_[partition];
    const Offset base = batches.empty() ? 0 : end_of(batches.back());
    protocol::set_base_offset(batch, base);
    batches.emplace_back(batch.begin(), batch.end());
    waiting_.push_back(std::move(durable));
    if (!hold) release();
    return {protocol::ErrorCode::NONE, end_of(batches.back()) - 1};
  }

  Appended append_marker(PartitionId partition, const coordinator::TransactionMarker& marker,
                         Durable durable) override {
    if (refuse_markers != protocol::ErrorCode::NONE) return {refuse_markers, -1};
    markers.push_back(marker);
    protocol::BatchBuilder builder({.producer_id = marker.producer_id,
                                    .producer_epoch = marker.producer_epoch,
                                    .transactional = true,
                                    .control = true});
    const Bytes key = {std::byte{0}, std::byte{0}, std::byte{0},
                       std::byte{marker.committed ? std::uint8_t{1} : std::uint8_t{0}}};
    builder.append({.timestamp = 0, .key = ByteView(key), .value = ByteView(), .headers = {}});
    Bytes batch = builder.build();
    return append(partition, batch, std::move(durable));
  }

  /// What was held back becomes durable, or fails to.
  void release(protocol::ErrorCode error = protocol::ErrorCode::NONE) {
    for (auto& durable : std::exchange(waiting_, {})) {
      executor_.post([durable = std::move(durable), error] { durable(error); });
    }
  }

  /// Reads like the broker does, `batches_at_once` at a time.
  coordinator::BatchSource source(PartitionId partition) {
    return [this, partition](Offset from, auto done) {
      executor_.post([this, partition, from, done = std::move(done)] {
        ++reads;
        coordinator::LoadedBatches loaded;
        if (fail_reads > 0) {
          --fail_reads;
          loaded.error = protocol::ErrorCode::KAFKA_STORAGE_ERROR;
          return done(std::move(loaded));
        }
        auto bytes = std::make_shared<Bytes>();
        const auto& batches = batches_[partition];
        std::size_t taken = 0;
        loaded.at_end = true;
        for (const Bytes& batch : batches) {
          if (end_of(batch) <= from) continue;
          if (taken++ == batches_at_once) {
            loaded.at_end = false;
            break;
          }
          bytes->insert(bytes->end(), batch.begin(), batch.end());
        }
        loaded.records = protocol::Records::memory(*bytes, bytes);
        done(std::move(loaded));
      });
    };
  }

  /// A batch that another broker wrote.
  void add_batch(PartitionId partition, Bytes batch) {
    auto& batches = batches_[partition];
    protocol::set_base_offset(batch, batches.empty() ? 0 : end_of(batches.back()));
    batches.push_back(std::move(batch));
  }

  const std::vector<Bytes>& batches(PartitionId partition) { return batches_[partition]; }
  const std::map<PartitionId, std::vector<Bytes>>& all() const { return batches_; }
  std::size_t batch_count() const {
    std::size_t count = 0;
    for (const auto& [partition, batches] : batches_) count += batches.size();
    return count;
  }
  /// What a crash takes back: batches from `index` on.
  void cut(PartitionId partition, std::size_t index) { batches_[partition].resize(index); }

  bool hold = false;
  protocol::ErrorCode refuse_markers = protocol::ErrorCode::NONE;
  std::vector<coordinator::TransactionMarker> markers;
  int fail_appends = 0;
  protocol::ErrorCode append_error = protocol::ErrorCode::KAFKA_STORAGE_ERROR;
  int fail_reads = 0;
  int reads = 0;
  std::size_t batches_at_once = 100;

 private:
  static Offset end_of(const Bytes& batch) {
    return protocol::read_batch_header(batch)->last_offset() + 1;
  }

  Executor& executor_;
  std::map<PartitionId, std::vector<Bytes>> batches_;
  std::vector<Durable> waiting_;
};

}  // namespace kreel::test
