#include "storage/partition_log.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace kreel::storage {

PartitionLog::PartitionLog(LogContext& context, TopicPartition partition, const Uuid& topic_id,
                           const LogConfig& config, LogState state)
    : context_(context),
      partition_(std::move(partition)),
      topic_id_(topic_id),
      mark_key_(mark_key(partition_, topic_id)),
      directory_(fs::join(context.data_directory, partition_.to_string())),
      config_(std::make_shared<const LogConfig>(config)),
      damage_(std::move(state.damage)),
      first_files_are_done_(state.directory_exists),
      producers_(std::move(state.producers)),
      epochs_(std::move(state.epochs)),
      active_created_ms_(context.clock.wall_ms()),
      segments_(std::make_shared<const SegmentList>(std::move(state.segments))),
      end_(state.end),
      durable_(state.end),
      high_watermark_(state.end),
      first_open_(producers_.first_open_offset().value_or(kNoTxn)),
      written_here_from_(state.end.position),
      log_start_(state.log_start),
      durable_offset_(state.end.offset),
      producers_saved_to_(state.producers_saved_to) {
  // Compaction waits for it.
  const bool is_saved = segments_->empty() || producers_saved_to_.load() > 0;
  if (is_saved || damage_ || context_.ephemeral || !config.cleanup_compact) return;
  pending_snapshots_.push_back({end_.offset, producers_, true});
  needs_service_.store(true);
}

PartitionLog::Snapshot PartitionLog::snapshot(bool to_log_end) const {
  const std::lock_guard lock(state_mutex_);
  return {segments_, to_log_end ? end_ : high_watermark_, offsets_locked()};
}

LogOffsets PartitionLog::offsets_locked() const {
  return {log_start_, last_stable_locked(), high_watermark_.offset, end_.offset};
}

LogOffsets PartitionLog::offsets() const {
  const std::lock_guard lock(state_mutex_);
  return offsets_locked();
}

LeaderEpoch PartitionLog::leader_epoch() const {
  const std::lock_guard lock(append_mutex_);
  return epochs_.current();
}

std::pair<LeaderEpoch, Offset> PartitionLog::end_offset_for_epoch(LeaderEpoch epoch) const {
  const auto end = offsets().high_watermark;
  const std::lock_guard lock(append_mutex_);
  return epochs_.end_offset_for(epoch, end);
}

void PartitionLog::set_config(const LogConfig& config) {
  config_.set(std::make_shared<const LogConfig>(config));
}

std::int64_t PartitionLog::size_bytes() const {
  const auto segments = snapshot(true).segments;
  std::uint64_t total = 0;
  for (const auto& segment : *segments) total += segment->size_bytes();
  return static_cast<std::int64_t>(total);
}

std::vector<ProducerInfo> PartitionLog::producers() const {
  const std::lock_guard lock(append_mutex_);
  std::vector<ProducerInfo> infos;
  infos.reserve(producers_.producers().size());
  for (const auto& [id, entry] : producers_.producers()) {
    const auto last = entry.empty() ? ProducerBatch{} : entry.back();
    infos.push_back({id, entry.epoch, last.last_sequence, entry.last_timestamp,
                     entry.coordinator_epoch, entry.txn_first_offset});
  }
  std::ranges::sort(infos, {}, &ProducerInfo::producer_id);
  return infos;
}

bool PartitionLog::has_files() const {
  const std::lock_guard lock(state_mutex_);
  return !segments_->empty();
}

std::vector<Offset> PartitionLog::segment_base_offsets() const {
  const auto segments = snapshot(true).segments;
  std::vector<Offset> offsets;
  for (const auto& segment : *segments) offsets.push_back(segment->base_offset());
  return offsets;
}

void PartitionLog::expire_producers(std::int64_t expiration_ms) {
  const auto now = context_.clock.wall_ms();
  const std::lock_guard lock(append_mutex_);
  producers_.expire(now, expiration_ms);
}

void PartitionLog::take_offline(const Error& error) {
  if (offline_.exchange(true)) return;
  log::error(partition_.to_string() + " is offline: " + error.message());
  context_.host.storage_failed(error);
}

void PartitionLog::retire() {
  retired_.store(true);
  offline_.store(true);
  // Whoever compacts, writes or syncs right now is finished when these are free.
  const std::scoped_lock lock(compaction_mutex_, sealed_mutex_, sync_mutex_, append_mutex_);
  spare_file_.reset();
}

void PartitionLog::notify_watchers() {
  if (watch_bits().load() != 0) context_.host.high_watermark_moved(*this);
}

}  // namespace kreel::storage
