// Transactions in the crash states: what is appended, and what the surviving log says of them
// against what the broker says.
#include "unit/storage/crash_txn.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "protocol/control_record.hpp"
#include "protocol/record_batch.hpp"
#include "unit/storage/crash_world.hpp"

namespace kreel::test {
namespace {

using protocol::ErrorCode;

constexpr std::size_t kTxnReadBytes = 600;

/// A transaction as the batches of a log tell it.
struct SeenTxn {
  ProducerId producer = -1;
  Offset first = -1;
  std::optional<Offset> marker;
  bool committed = false;
};

/// All transactions below the high watermark, by first offset; nullopt when the log cannot be read.
std::optional<std::vector<SeenTxn>> transactions_in(storage::Log& log) {
  std::vector<SeenTxn> txns;
  std::map<ProducerId, std::size_t> open;
  const auto offsets = log.offsets();
  for (auto next = offsets.log_start; next < offsets.high_watermark;) {
    const auto read = log.read({next, 1 << 20, true, storage::Isolation::kReadUncommitted, false});
    auto bytes = read.records.bytes();
    if (bytes.empty()) return std::nullopt;
    while (const auto header = protocol::read_batch_header(bytes)) {
      const auto batch = bytes.first(header->size_bytes());
      bytes = bytes.subspan(header->size_bytes());
      next = header->last_offset() + 1;
      if (!header->is_transactional()) continue;
      const auto found = open.find(header->producer_id);
      if (!header->is_control()) {
        if (found != open.end()) continue;
        open[header->producer_id] = txns.size();
        txns.push_back({header->producer_id, header->base_offset, std::nullopt, false});
      } else if (found != open.end()) {
        const auto marker = protocol::read_end_txn_marker(batch);
        if (!marker) return std::nullopt;
        txns[found->second].marker = header->base_offset;
        txns[found->second].committed = marker->committed;
        open.erase(found);
      }
    }
  }
  return txns;
}

std::string name_of(const SentBatch& sent, ProducerId producer, bool committed) {
  return std::string(committed ? "COMMIT" : "ABORT") + " of producer " + std::to_string(producer) +
         " epoch " + std::to_string(sent.epoch);
}

}  // namespace

std::string name_of_marker(ByteView batch) {
  const auto header = protocol::read_batch_header(batch);
  const auto marker = protocol::read_end_txn_marker(batch);
  if (!header || !marker) return "no marker";
  SentBatch sent;
  sent.epoch = header->producer_epoch;
  return name_of(sent, header->producer_id, marker->committed);
}

void CrashWorld::append_in_txn(const std::string& topic, ProducerId producer, int records) {
  auto& expected = partition(topic);
  auto& history = expected.producers[producer];
  SentBatch sent;
  if (!history.empty()) {
    sent.epoch = history.back().epoch;
    for (const auto& before : history) {
      if (before.epoch == sent.epoch && !before.is_marker) {
        sent.base_sequence = before.base_sequence + before.count;
      }
    }
  }
  sent.count = records;
  sent.base_offset = expected.end;
  for (int i = 0; i < records; ++i) {
    auto value = new_text(expected, expected.end + i, topic + "#", "|txn");
    expected.written[expected.end + i].push_back(value);
    sent.values.push_back(std::move(value));
  }
  auto& log = *logs_.at({topic, 0});
  const bool epochs = producer >= kFirstWithEpochs;
  const auto guard = log.start_verification({producer, sent.epoch, sent.base_sequence, epochs});
  auto batch = make_batch(sent, producer, clock_.wall_ms(), expected.config.cleanup_compact);
  const auto result = log.append_verified(batch, guard);
  if (result.error != ErrorCode::NONE || result.duplicate) {
    ++refused_;
    if (!faults_expected_) violation("append in a transaction: " + result.error_message);
    return;
  }
  model_.phase = Phase::kRunning;
  expected.end += records;
  history.push_back(std::move(sent));
}

void CrashWorld::end_txn(const std::string& topic, ProducerId producer, bool committed) {
  auto& expected = partition(topic);
  auto& history = expected.producers[producer];
  if (history.empty() || history.back().is_marker) return;
  const bool epochs = producer >= kFirstWithEpochs;
  SentBatch marker;
  marker.is_marker = true;
  marker.count = 1;
  marker.base_offset = expected.end;
  marker.epoch = static_cast<ProducerEpoch>(history.back().epoch + (epochs ? 1 : 0));
  expected.written[expected.end].push_back(name_of(marker, producer, committed));
  const auto result = logs_.at({topic, 0})
                          ->append_marker({producer, marker.epoch, 0, committed,
                                           epochs ? std::int8_t{2} : std::int8_t{0}});
  if (result.error != ErrorCode::NONE) {
    ++refused_;
    if (!faults_expected_) violation("marker: " + result.error_message);
    return;
  }
  expected.end += 1;
  history.push_back(std::move(marker));
}

void CrashWorld::commit_what_is_open() {
  for (const auto& [name, expected] : model_.partitions) {
    for (const auto& [producer, history] : expected.producers) {
      if (producer >= kFirstTransactional) end_txn(name.topic, producer, true);
    }
  }
}

/// The last stable offset and the aborted transactions, against what the log's batches say.
void CrashWorld::check_transactions(const storage::TopicPartition& name,
                                    const PartitionModel& expected) {
  auto& log = *logs_.at(name);
  const auto say = [&](const std::string& text) { violation(name.to_string() + ": " + text); };
  const auto offsets = log.offsets();
  if (offsets.last_stable < expected.stable_end) {
    return say("the last stable offset went back to " + std::to_string(offsets.last_stable) +
               " from " + std::to_string(expected.stable_end));
  }
  if (expected.producers.lower_bound(kFirstTransactional) == expected.producers.end()) {
    if (offsets.last_stable != offsets.high_watermark) say("nobody has a transaction open");
    return;
  }
  const auto txns = transactions_in(log);
  if (!txns) return;
  auto stable = offsets.high_watermark;
  for (const auto& txn : *txns) {
    if (!txn.marker) stable = std::min(stable, txn.first);
  }
  // The log may start within a transaction's first batch.
  stable = std::max(stable, offsets.log_start);
  // Where a transaction began below the log start, only its rest can be read.
  const bool is_whole = offsets.log_start == 0;
  if (is_whole ? offsets.last_stable != stable : offsets.last_stable > stable) {
    return say("the last stable offset is " + std::to_string(offsets.last_stable) +
               ", and the log says " + std::to_string(stable));
  }
  for (auto next = offsets.log_start; next < offsets.last_stable;) {
    const auto read =
        log.read({next, kTxnReadBytes, true, storage::Isolation::kReadCommitted, false});
    auto bytes = read.records.bytes();
    if (bytes.empty()) {
      if (faults_expected_ && read.error == ErrorCode::KAFKA_STORAGE_ERROR) return;
      return say("read_committed has nothing at " + std::to_string(next));
    }
    auto end = next;
    while (const auto header = protocol::read_batch_header(bytes)) {
      bytes = bytes.subspan(header->size_bytes());
      end = header->last_offset() + 1;
    }
    if (end > offsets.last_stable) return say("read_committed reads behind the last stable offset");
    // Compaction may have taken the first of its records.
    const bool by_first = !expected.config.cleanup_compact;
    std::set<std::pair<ProducerId, Offset>> told;
    for (const auto& txn : read.aborted) {
      told.emplace(txn.producer_id, by_first ? txn.first_offset : txn.last_offset);
    }
    for (const auto& txn : *txns) {
      const bool overlaps = txn.marker && *txn.marker >= next && txn.first < end;
      const bool is_told =
          told.contains({txn.producer, by_first ? txn.first : txn.marker.value_or(-1)});
      const auto where = " of producer " + std::to_string(txn.producer) + " at " +
                         std::to_string(txn.first) + " in a read from " + std::to_string(next);
      if (overlaps && !txn.committed && !is_told && is_whole) {
        return say("an aborted transaction is not told" + where);
      }
      if (is_told && txn.committed) return say("a committed transaction is an aborted one" + where);
    }
    next = end;
  }
}

}  // namespace kreel::test
