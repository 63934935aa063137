#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/control_record.hpp"
#include "unit/storage/log_fixture.hpp"

namespace kreel::test {

using Strings = std::vector<std::string>;
using Pairs = std::vector<std::pair<ProducerId, Offset>>;

/// "orders-0" with transactional producers, whose sequences are counted here.
class TxnFixture : public LogFixture {
 public:
  using LogFixture::LogFixture;

  /// A batch in the producer's transaction, which its coordinator confirms where it is asked.
  storage::AppendResult write(ProducerId id, const std::vector<std::string>& values,
                              ProducerEpoch epoch = 0) {
    auto batch = next_batch(id, values, epoch);
    const auto header = protocol::read_batch_header(batch);
    const auto guard = log_->start_verification({id, epoch, header->base_sequence, false});
    const auto result = log_->append_verified(batch, guard);
    if (result.error == protocol::ErrorCode::NONE) {
      sequences_[{id, epoch}] += static_cast<std::int32_t>(values.size());
    }
    return result;
  }
  /// The batch that the producer would send next.
  Bytes next_batch(ProducerId id, const std::vector<std::string>& values, ProducerEpoch epoch = 0) {
    BatchOptions options;
    options.timestamp = clock_.wall_ms();
    options.producer_id = id;
    options.producer_epoch = epoch;
    options.base_sequence = sequences_[{id, epoch}];
    options.transactional = true;
    return make_batch(values, options);
  }
  storage::AppendResult commit(ProducerId id, ProducerEpoch epoch = 0) {
    return log_->append_marker({id, epoch, 0, true, 0});
  }
  storage::AppendResult abort(ProducerId id, ProducerEpoch epoch = 0) {
    return log_->append_marker({id, epoch, 0, false, 0});
  }
  void flush() { manager_->run_pending(); }

  Offset last_stable() const { return log_->offsets().last_stable; }
  storage::ReadResult read_committed(Offset from, std::size_t max_bytes = 1U << 20U) {
    auto result = log_->read({from, max_bytes, true, storage::Isolation::kReadCommitted, false});
    CHECK(result.error == protocol::ErrorCode::NONE);
    return result;
  }
  /// (producer, first offset) of the aborted transactions that a read tells of.
  static std::vector<std::pair<ProducerId, Offset>> aborted_in(const storage::ReadResult& read) {
    std::vector<std::pair<ProducerId, Offset>> pairs;
    for (const auto& aborted : read.aborted) {
      pairs.emplace_back(aborted.producer_id, aborted.first_offset);
    }
    return pairs;
  }
  /// What a read_committed consumer is left with from `from` on, as Kafka's clients filter it.
  std::vector<std::string> committed_values(Offset from = 0, std::size_t max_bytes = 1U << 20U) {
    std::vector<std::string> values;
    while (true) {
      const auto read = read_committed(from, max_bytes);
      auto bytes = read.records.bytes();
      if (bytes.empty()) return values;
      auto aborted = read.aborted;
      std::map<ProducerId, bool> is_aborted;
      while (const auto header = protocol::read_batch_header(bytes)) {
        const auto batch = bytes.first(header->size_bytes());
        bytes = bytes.subspan(header->size_bytes());
        while (!aborted.empty() && aborted.front().first_offset <= header->last_offset()) {
          is_aborted[aborted.front().producer_id] = true;
          aborted.erase(aborted.begin());
        }
        if (header->is_control()) {
          is_aborted.erase(header->producer_id);
        } else if (!header->is_transactional() || !is_aborted.contains(header->producer_id)) {
          for (auto& value : values_in(batch, from)) values.push_back(std::move(value));
        }
        from = header->last_offset() + 1;
      }
    }
  }

 private:
  std::map<std::pair<ProducerId, ProducerEpoch>, std::int32_t> sequences_;
};

}  // namespace kreel::test
