#pragma once

#include "storage/log.hpp"

namespace kreel::test {

/// A log that holds nothing: for code that only watches logs.
class StubLog final : public storage::Log {
 public:
  const storage::TopicPartition& topic_partition() const override { return partition_; }
  storage::AppendResult append(MutableByteView, storage::AppendOrigin) override { return {}; }
  void append_group(std::span<storage::GroupedBatch>) override {}
  void note_refused(const protocol::BatchHeader&) override {}
  storage::TxnGuard start_verification(const storage::TxnQuestion&) override { return {}; }
  storage::AppendResult append_verified(MutableByteView, storage::TxnGuard) override { return {}; }
  storage::AppendResult append_marker(const storage::MarkerOptions&) override { return {}; }
  storage::ReadResult read(const storage::ReadOptions&) override { return {}; }
  void warm(const protocol::Records&) override {}
  storage::LogOffsets offsets() const override { return {}; }
  LeaderEpoch leader_epoch() const override { return 0; }
  Result<std::optional<storage::OffsetAtTime>> find_by_timestamp(TimestampMs,
                                                                 storage::Isolation) override {
    return std::nullopt;
  }
  Result<std::optional<storage::OffsetAtTime>> find_max_timestamp(storage::Isolation) override {
    return std::nullopt;
  }
  std::pair<LeaderEpoch, Offset> end_offset_for_epoch(LeaderEpoch) const override {
    return {-1, -1};
  }
  protocol::ErrorCode delete_records_before(Offset) override { return protocol::ErrorCode::NONE; }
  storage::LogConfig config() const override { return {}; }
  void set_config(const storage::LogConfig&) override {}
  std::int64_t size_bytes() const override { return 0; }
  std::vector<storage::ProducerInfo> producers() const override { return {}; }

 private:
  storage::TopicPartition partition_{"stub", 0};
};

}  // namespace kreel::test
