#include "storage/producer_state.hpp"

#include <algorithm>
#include <limits>

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

void ProducerEntry::add(const ProducerBatch& batch) {
  if (count_ == batches_.size()) {
    std::move(batches_.begin() + 1, batches_.end(), batches_.begin());
    --count_;
  }
  batches_[count_++] = batch;
}

bool ProducerEntry::operator==(const ProducerEntry& other) const {
  return epoch == other.epoch && last_append_ms == other.last_append_ms &&
         coordinator_epoch == other.coordinator_epoch &&
         txn_first_offset == other.txn_first_offset && count_ == other.count_ &&
         std::equal(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(count_),
                    other.batches_.begin());
}

SequenceCheck ProducerState::check(const protocol::BatchHeader& header) const {
  const auto found = producers_.find(header.producer_id);
  if (found == producers_.end()) return {};
  const auto& entry = found->second;
  if (header.producer_epoch < entry.epoch) return {SequenceVerdict::kStaleEpoch, {}};
  if (header.producer_epoch > entry.epoch) {
    return {header.base_sequence == 0 ? SequenceVerdict::kInOrder : SequenceVerdict::kOutOfOrder,
            {}};
  }
  const auto last = last_sequence(header);
  for (std::size_t i = entry.size(); i > 0; --i) {
    const auto& batch = entry[i - 1];
    if (batch.first_sequence == header.base_sequence && batch.last_sequence == last) {
      return {SequenceVerdict::kDuplicate, batch};
    }
  }
  const auto expected = entry.empty() ? 0 : advance(entry.back().last_sequence, 1);
  return {
      header.base_sequence == expected ? SequenceVerdict::kInOrder : SequenceVerdict::kOutOfOrder,
      {}};
}

void ProducerState::record(const protocol::BatchHeader& header, TimestampMs now_ms) {
  if (header.producer_id < 0) return;
  auto found = producers_.find(header.producer_id);
  if (found == producers_.end()) {
    make_room();
    found = producers_.try_emplace(header.producer_id).first;
  }
  auto& entry = found->second;
  if (header.producer_epoch != entry.epoch) {
    entry.clear();
    entry.epoch = header.producer_epoch;
  }
  entry.last_append_ms = now_ms;
  if (header.is_control()) {
    entry.txn_first_offset = -1;
    return;
  }
  if (header.is_transactional() && entry.txn_first_offset < 0) {
    entry.txn_first_offset = header.base_offset;
  }
  entry.add({header.base_sequence, last_sequence(header), header.base_offset, header.last_offset(),
             header.max_timestamp});
}

void ProducerState::expire(TimestampMs now_ms, std::int64_t expiration_ms) {
  std::erase_if(producers_, [&](const auto& item) {
    return item.second.txn_first_offset < 0 && now_ms - item.second.last_append_ms >= expiration_ms;
  });
}

void ProducerState::forget_below(Offset log_start) {
  std::erase_if(producers_, [&](const auto& item) {
    const auto& entry = item.second;
    return !entry.empty() && entry.back().last_offset < log_start && entry.txn_first_offset < 0;
  });
}

/// Drops the sixteenth that has been idle for longest, so that the search for it is rare.
void ProducerState::make_room() {
  if (producers_.size() < kProducersPerLogMax) return;
  std::vector<TimestampMs> times;
  times.reserve(producers_.size());
  for (const auto& item : producers_) times.push_back(item.second.last_append_ms);
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 16);
  std::nth_element(times.begin(), nth, times.end());
  const auto bound = *nth;
  auto room = producers_.size() / 16;
  for (auto item = producers_.begin(); item != producers_.end() && room > 0;) {
    if (item->second.last_append_ms <= bound) {
      item = producers_.erase(item);
      --room;
    } else {
      ++item;
    }
  }
}

}  // namespace kreel::storage
