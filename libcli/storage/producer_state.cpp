#include "storage/producer_state.hpp"

#include <algorithm>
#include <limits>

#include "base/planted_bug.hpp"

namespace kreel::storage {
namespace {

constexpr std::int64_t kSequenceModulus = 1LL << 31;

std::int32_t advance(std::int32_t sequence, std::int32_t by) {
  return static_cast<std::int32_t>((static_cast<std::int64_t>(sequence) + by) % kSequenceModulus);
}

}  // namespace

std::int32_t last_sequence(const protocol::BatchHeader& header) {
  if (header.base_sequence < 0) return header.base_sequence;
  return advance(header.base_sequence, header.last_offset_delta);
}

bool continues(const protocol::BatchHeader& before, const protocol::BatchHeader& header) {
  return header.producer_id == before.producer_id &&
         header.producer_epoch == before.producer_epoch &&
         header.base_sequence == advance(last_sequence(before), 1);
}

void ProducerEntry::add(const ProducerBatch& batch) {
  if (count_ == batches_.size()) {
    std::move(batches_.begin() + 1, batches_.end(), batches_.begin());
    --count_;
  }
  batches_[count_++] = batch;
}

bool ProducerEntry::operator==(const ProducerEntry& other) const {
  return epoch == other.epoch && last_append_ms == other.last_append_ms &&
         last_timestamp == other.last_timestamp && coordinator_epoch == other.coordinator_epoch &&
         txn_first_offset == other.txn_first_offset && count_ == other.count_ &&
         std::equal(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(count_),
                    other.batches_.begin());
}

SequenceCheck ProducerState::check(const protocol::BatchHeader& header) const {
  const auto found = producers_.find(header.producer_id);
  if (found == producers_.end()) {
    return {follows_refused(header) ? SequenceVerdict::kOutOfOrder : SequenceVerdict::kInOrder, {}};
  }
  const auto& entry = found->second;
  if (header.producer_epoch < entry.epoch) return {SequenceVerdict::kStaleEpoch, {}};
  if (header.producer_epoch > entry.epoch) {
    return {header.base_sequence == 0 ? SequenceVerdict::kInOrder : SequenceVerdict::kOutOfOrder,
            {}};
  }
  const auto last = last_sequence(header);
  for (std::size_t i = entry.size(); i > 0; --i) {
    const auto& batch = entry[i - 1];
    if (KREEL_BUG("forget_duplicates")) break;
    if (batch.first_sequence == header.base_sequence && batch.last_sequence == last) {
      return {SequenceVerdict::kDuplicate, batch};
    }
  }
  const auto expected = entry.empty() ? 0 : advance(entry.back().last_sequence, 1);
  return {
      header.base_sequence == expected ? SequenceVerdict::kInOrder : SequenceVerdict::kOutOfOrder,
      {}};
}

ProducerEntry& ProducerState::entry_of(ProducerId id) {
  const auto found = producers_.find(id);
  if (found != producers_.end()) return found->second;
  make_room();
  refused_.erase(id);
  return producers_[id];
}

void ProducerState::record(const protocol::BatchHeader& header, TimestampMs now_ms) {
  if (header.producer_id < 0) return;
  auto& entry = entry_of(header.producer_id);
  if (header.producer_epoch != entry.epoch) {
    entry.clear();
    entry.epoch = header.producer_epoch;
  }
  entry.last_append_ms = now_ms;
  entry.last_timestamp = header.max_timestamp;
  if (header.is_transactional() && !entry.has_open_txn()) {
    entry.txn_first_offset = header.base_offset;
    open_.emplace(header.base_offset, header.producer_id);
  }
  entry.add({header.base_sequence, last_sequence(header), header.base_offset, header.last_offset(),
             header.max_timestamp});
}

bool ProducerState::follows_refused(const protocol::BatchHeader& header) const {
  const auto found = refused_.find(header.producer_id);
  return found != refused_.end() && found->second.epoch == header.producer_epoch &&
         header.base_sequence > found->second.sequence;
}

void ProducerState::note_refused(const protocol::BatchHeader& header, TimestampMs now_ms) {
  if (header.base_sequence < 0 || producers_.contains(header.producer_id)) return;
  if (follows_refused(header)) return;
  if (refused_.size() >= kRefusedPerLogMax && !refused_.contains(header.producer_id)) {
    refused_.erase(
        std::ranges::min_element(refused_, {}, [](const auto& item) { return item.second.at_ms; }));
  }
  refused_[header.producer_id] = {header.producer_epoch, header.base_sequence, now_ms};
}

protocol::ErrorCode ProducerState::check_marker(const MarkerOptions& marker) const {
  const auto* entry = find(marker.producer_id);
  if (entry == nullptr) return protocol::ErrorCode::NONE;
  const bool is_repeated = marker.producer_epoch == entry->epoch && !entry->has_open_txn();
  const bool is_late = marker.transaction_version >= 2
                           ? marker.producer_epoch <= entry->epoch && !is_repeated
                           : marker.producer_epoch < entry->epoch;
  if (is_late) return protocol::ErrorCode::INVALID_PRODUCER_EPOCH;
  const bool is_trusted = marker.by_its_coordinator && !KREEL_BUG("shut_out_coordinator");
  if (!is_trusted && marker.coordinator_epoch < entry->coordinator_epoch) {
    return protocol::ErrorCode::TRANSACTION_COORDINATOR_FENCED;
  }
  return protocol::ErrorCode::NONE;
}

std::optional<CompletedTxn> ProducerState::end_transaction(const protocol::BatchHeader& header,
                                                           const protocol::EndTxnMarker& marker,
                                                           TimestampMs now_ms) {
  auto& entry = entry_of(header.producer_id);
  if (header.producer_epoch != entry.epoch) {
    entry.clear();
    entry.epoch = header.producer_epoch;
  }
  entry.last_append_ms = now_ms;
  entry.last_timestamp = header.max_timestamp;
  entry.coordinator_epoch = marker.coordinator_epoch;
  if (!entry.has_open_txn()) return std::nullopt;
  CompletedTxn completed{entry.txn_first_offset, header.last_offset(), std::nullopt};
  open_.erase(entry.txn_first_offset);
  entry.txn_first_offset = -1;
  if (!marker.committed) {
    completed.aborted =
        AbortedTxn{header.producer_id, completed.first_offset, completed.last_offset,
                   first_open_offset().value_or(completed.last_offset + 1)};
  }
  return completed;
}

const ProducerEntry* ProducerState::find(ProducerId id) const {
  const auto found = producers_.find(id);
  return found == producers_.end() ? nullptr : &found->second;
}

bool ProducerState::continues_transaction(const protocol::BatchHeader& header) const {
  const auto* entry = find(header.producer_id);
  return entry != nullptr && entry->has_open_txn() && entry->epoch == header.producer_epoch;
}

std::optional<Offset> ProducerState::first_open_offset() const {
  if (open_.empty()) return std::nullopt;
  return open_.begin()->first;
}

void ProducerState::restore(ProducerId id, const ProducerEntry& entry) {
  producers_[id] = entry;
  if (entry.has_open_txn()) open_.emplace(entry.txn_first_offset, id);
}

void ProducerState::clear() {
  producers_.clear();
  refused_.clear();
  open_.clear();
}

void ProducerState::expire(TimestampMs now_ms, std::int64_t expiration_ms) {
  std::erase_if(producers_, [&](const auto& item) {
    return !item.second.has_open_txn() && now_ms - item.second.last_append_ms >= expiration_ms;
  });
  std::erase_if(refused_,
                [&](const auto& item) { return now_ms - item.second.at_ms >= expiration_ms; });
}

/// Drops the sixteenth that has been idle for longest, so that the search for it is rare. Producers
/// with a transaction open stay, however many they are.
void ProducerState::make_room() {
  if (producers_.size() < kProducersPerLogMax + open_.size()) return;
  std::vector<TimestampMs> times;
  times.reserve(producers_.size());
  for (const auto& item : producers_) {
    if (!item.second.has_open_txn()) times.push_back(item.second.last_append_ms);
  }
  auto room = std::max<std::size_t>(times.size() / 16, 1);
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(room - 1);
  std::nth_element(times.begin(), nth, times.end());
  const auto bound = *nth;
  for (auto item = producers_.begin(); item != producers_.end() && room > 0;) {
    if (!item->second.has_open_txn() && item->second.last_append_ms <= bound) {
      item = producers_.erase(item);
      --room;
    } else {
      ++item;
    }
  }
}

}  // namespace kreel::storage
