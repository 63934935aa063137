// What every world is asked after its recovery, and again after it was used.
#include <algorithm>

#include "protocol/record_batch.hpp"
#include "unit/storage/crash_txn.hpp"
#include "unit/storage/crash_world.hpp"

namespace kreel::test {
namespace {

using protocol::ErrorCode;
using storage::TopicPartition;

constexpr std::size_t kBatchesRemembered = 5;
constexpr std::size_t kReadBytes = 1 << 20;

}  // namespace

Bytes make_batch(const SentBatch& sent, ProducerId producer, TimestampMs now_ms) {
  protocol::BatchBuilder::Options options;
  options.producer_id = producer;
  options.producer_epoch = producer < 0 ? std::int16_t{-1} : sent.epoch;
  options.transactional = producer >= kFirstTransactional;
  options.base_sequence = producer < 0 ? -1 : sent.base_sequence;
  protocol::BatchBuilder builder(options);
  for (const auto& value : sent.values) {
    protocol::NewRecord record;
    record.timestamp = now_ms;
    record.value = as_bytes(value);
    builder.append(record);
  }
  return builder.build();
}

void CrashWorld::check_clean_mark(Phase phase) {
  const bool clean = manager_->last_stop_was_clean();
  if (clean && phase == Phase::kRunning) violation("an unclean stop was taken for a clean one");
  if (!clean && phase == Phase::kStopped) violation("a clean stop was not known as such");
  if (!clean) return;
  // A clean stop has everything on disk.
  for (auto& [name, expected] : model_.partitions) expected.visible_end = expected.end;
}

void CrashWorld::check_logs() {
  for (auto& [name, expected] : model_.partitions) check_log(name, expected, false);
}

void CrashWorld::check_log(const TopicPartition& name, PartitionModel& expected,
                           bool after_recovery) {
  auto& log = *logs_.at(name);
  const auto offsets = log.offsets();
  const auto say = [&](const std::string& text) { violation(name.to_string() + ": " + text); };
  if (after_recovery && offsets.high_watermark != offsets.log_end) {
    say("recovered to " + std::to_string(offsets.log_end) + " but serves up to " +
        std::to_string(offsets.high_watermark));
  }
  if (offsets.log_start < std::max(expected.log_start_seen, expected.log_start_saved)) {
    say("log start moved back to " + std::to_string(offsets.log_start) + " from " +
        std::to_string(std::max(expected.log_start_seen, expected.log_start_saved)));
  }
  if (offsets.log_start > expected.log_start_asked) {
    say("log start is " + std::to_string(offsets.log_start) + ", and nobody asked for more than " +
        std::to_string(expected.log_start_asked));
  }
  if (offsets.high_watermark < expected.promised_end()) {
    return say("ends at " + std::to_string(offsets.high_watermark) + ", and " +
               std::to_string(expected.promised_end()) + " was promised");
  }
  auto next = offsets.log_start;
  while (next < offsets.high_watermark) {
    const auto read =
        log.read({next, kReadBytes, true, storage::Isolation::kReadUncommitted, false});
    if (read.error != ErrorCode::NONE || read.records.size_bytes() == 0) {
      if (faults_expected_ && read.error == ErrorCode::KAFKA_STORAGE_ERROR) return;
      return say("reading " + std::to_string(next) + " of " +
                 std::to_string(offsets.high_watermark) + ": error " +
                 std::to_string(static_cast<int>(read.error)));
    }
    auto bytes = read.records.bytes();
    while (const auto header = protocol::read_batch_header(bytes)) {
      if (header->size_bytes() > bytes.size()) break;
      const auto batch = bytes.first(header->size_bytes());
      bytes = bytes.subspan(header->size_bytes());
      if (!protocol::batch_crc_is_valid(batch)) return say("a batch with a bad checksum is served");
      auto reader = protocol::BatchReader::open(batch, kReadBytes);
      if (!reader) return say(reader.error().message());
      while (auto record = reader->next()) {
        if (!*record) break;
        if ((*record)->offset < next) continue;
        if ((*record)->offset != next) return say("offset " + std::to_string(next) + " is missing");
        const auto value = header->is_control() ? name_of_marker(batch)
                                                : std::string(as_text(*(*record)->value));
        if (!read_record(name, expected, next, value)) return;
        ++next;
      }
    }
  }
  check_transactions(name, expected);
  if (after_recovery) forget_what_is_gone(expected, offsets.log_end);
}

bool CrashWorld::read_record(const TopicPartition& name, const PartitionModel& expected,
                             Offset offset, const std::string& value) {
  const auto found = expected.written.find(offset);
  const auto where = name.to_string() + "@" + std::to_string(offset);
  if (found == expected.written.end()) {
    violation(where + " holds " + value.substr(0, 20) + ", which is not there any more");
    return false;
  }
  const auto& candidates = found->second;
  const bool promised = offset < expected.promised_end();
  const bool right = promised ? candidates.back() == value
                              : std::ranges::find(candidates, value) != candidates.end();
  if (!right) {
    violation(where + " holds " + value.substr(0, 20) + " instead of " +
              candidates.back().substr(0, 20));
  }
  return right;
}

/// What recovery has cut off must not come back later.
void CrashWorld::forget_what_is_gone(PartitionModel& expected, Offset log_end) {
  expected.end = log_end;
  expected.written.erase(expected.written.lower_bound(log_end), expected.written.end());
  for (auto& [id, batches] : expected.producers) {
    std::erase_if(batches, [&](const SentBatch& b) { return b.base_offset >= log_end; });
  }
}

void CrashWorld::resend_batches() {
  for (const auto& [name, expected] : model_.partitions) {
    auto& log = *logs_.at(name);
    const auto log_start = log.offsets().log_start;
    for (const auto& [producer, batches] : expected.producers) {
      if (producer < 0) continue;
      std::size_t known = 0;
      for (auto sent = batches.rbegin(); sent != batches.rend() && known < kBatchesRemembered;
           ++sent) {
        if (sent->epoch != batches.back().epoch) break;
        if (sent->is_marker) continue;
        ++known;
        if (sent->base_offset < log_start) continue;
        auto batch = make_batch(*sent, producer, clock_.wall_ms());
        const auto result = log.append(batch, storage::AppendOrigin::kClient);
        if (result.error == ErrorCode::NONE && result.duplicate &&
            result.base_offset == sent->base_offset) {
          continue;
        }
        return violation(name.to_string() + ": producer " + std::to_string(producer) +
                         " sent sequence " + std::to_string(sent->base_sequence) +
                         " again: offset " + std::to_string(result.base_offset) + " instead of " +
                         std::to_string(sent->base_offset) + ", error " +
                         std::to_string(static_cast<int>(result.error)));
      }
    }
  }
}

}  // namespace kreel::test
