#include <fmt/format.h>

#include <utility>

#include "base/log.hpp"
#include "coordinator/limits.hpp"
#include "coordinator/runtime.hpp"

// Replay of a partition's log, in slices: a log of millions of commits must not keep the thread's
// connections waiting.

namespace kreel::coordinator {

using protocol::BatchReader;
using protocol::ErrorCode;

namespace {

constexpr std::int64_t kRetryLoadMs = 1'000;

/// The verdict of a transaction's control record: its key is int16 version, int16 type.
std::optional<bool> transaction_committed(const protocol::RecordView& record) {
  if (!record.key || record.key->size() < 4) return std::nullopt;
  const auto type = load_big_endian<std::int16_t>(record.key->data() + 2);
  if (type != 0 && type != 1) return std::nullopt;
  return type == 1;
}

}  // namespace

void PartitionRuntime::load(BatchSource source, std::function<void()> loaded) {
  source_ = std::move(source);
  loaded_ = std::move(loaded);
  start_load();
}

void PartitionRuntime::start_load() {
  status_ = Status::kLoading;
  next_offset_ = 0;
  read_next();
}

void PartitionRuntime::read_next() {
  reader_.reset();
  source_(next_offset_, [this, life = std::weak_ptr(life_)](LoadedBatches batches) {
    if (life.expired() || status_ != Status::kLoading) return;
    const Outbox::Step step(environment_.outbox);
    if (batches.error != ErrorCode::NONE) return retry_load(batches.error);
    loading_ = std::move(batches);
    loading_rest_ = loading_.records.is_null() ? ByteView{} : loading_.records.bytes();
    replay_slice();
  });
}

void PartitionRuntime::replay_slice() {
  std::size_t budget = kReplayRecordsPerSlice;
  while (budget > 0) {
    if (!reader_) {
      if (loading_rest_.empty()) break;
      const auto header = protocol::read_batch_header(loading_rest_);
      if (!header || header->size_bytes() > loading_rest_.size()) break;
      const ByteView batch = loading_rest_.first(header->size_bytes());
      loading_rest_ = loading_rest_.subspan(header->size_bytes());
      Result<BatchReader> opened = BatchReader::open(batch, kDecompressedBatchBytesMax);
      if (!opened) {
        log::error(fmt::format("coordinator: {}-{}: batch at offset {}: {}", environment_.topic,
                               partition_, header->base_offset, opened.error().message()));
        next_offset_ = header->last_offset() + 1;
        continue;
      }
      reader_.emplace(std::move(*opened));
    }
    replay_batch(*reader_, budget);
  }
  // Nothing usable was in this piece: asking again would give the same.
  const bool stuck = !reader_ && loading_rest_.size() == loading_.records.size_bytes();
  if (budget > 0 && (loading_.at_end || stuck)) return finish_load();
  environment_.executor.post([this, more = budget == 0, life = std::weak_ptr(life_)] {
    if (life.expired()) return;
    const Outbox::Step step(environment_.outbox);
    more ? replay_slice() : read_next();
  });
}

void PartitionRuntime::replay_batch(BatchReader& reader, std::size_t& budget) {
  const protocol::BatchHeader& header = reader.header();
  while (budget > 0) {
    const auto record = reader.next();
    if (!record || !*record) {
      if (!record) {
        log::error(fmt::format("coordinator: {}-{}: batch at offset {}: {}", environment_.topic,
                               partition_, header.base_offset, record.error().message()));
      }
      next_offset_ = header.last_offset() + 1;
      reader_.reset();
      return;
    }
    --budget;
    if (header.is_control()) {
      const auto committed = transaction_committed(**record);
      if (committed) machine_.replay_transaction_end(header.producer_id, *committed);
      continue;
    }
    machine_.replay({.offset = (*record)->offset,
                     .producer_id = header.is_transactional() ? header.producer_id : -1,
                     .key = (*record)->key,
                     .value = (*record)->value});
  }
}

void PartitionRuntime::finish_load() {
  loading_ = {};
  loading_rest_ = {};
  status_ = Status::kActive;
  machine_.loaded();
  if (auto loaded = std::exchange(loaded_, nullptr)) environment_.outbox.push(std::move(loaded));
}

void PartitionRuntime::retry_load(ErrorCode why) {
  log::warning(fmt::format("coordinator: {}-{} is read again in {} ms ({})", environment_.topic,
                           partition_, kRetryLoadMs, protocol::to_string(why)));
  status_ = Status::kLoading;
  retry_.set(kRetryLoadMs, [this] {
    const Outbox::Step step(environment_.outbox);
    machine_.clear();
    start_load();
  });
}

}  // namespace kreel::coordinator
