#include "broker/fetch_sessions.hpp"

#include <algorithm>
#include <limits>

#include "broker/doubled_partitions.hpp"
#include "catalog/validation.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::FetchRequest;
using protocol::FetchResponse;

constexpr protocol::Version kFirstVersionWithTopicIds = 13;
constexpr std::int32_t kFullFetchEpoch = 0;
constexpr std::int32_t kSessionlessEpoch = -1;

std::int32_t epoch_after(std::int32_t epoch) {
  return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

}  // namespace

std::vector<FetchTarget> targets_of(const FetchRequest& request) {
  std::vector<NamedPartition> names;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      names.push_back({partition.partition, topic.topic_id, topic.topic});
    }
  }
  const auto again = named_again(names);
  std::vector<FetchTarget> targets;
  targets.reserve(names.size());
  std::size_t at = 0;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      if (!again.empty() && again[at++]) continue;
      targets.push_back({.topic = topic.topic,
                         .topic_id = topic.topic_id,
                         .partition = partition.partition,
                         .fetch_offset = partition.fetch_offset,
                         .max_bytes = partition.partition_max_bytes,
                         .current_leader_epoch = partition.current_leader_epoch,
                         .last_fetched_epoch = partition.last_fetched_epoch});
    }
  }
  return targets;
}

std::size_t weight_of(const FetchTarget& target) {
  return 1 + target.topic.size() / (catalog::kTopicNameBytesMax + 1);
}

void FetchSession::update(const FetchRequest& request) {
  for (FetchTarget& target : targets_of(request)) {
    Key key = key_of(target);
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
      known->second->target = std::move(target);
      continue;
    }
    weight_ += weight_of(target);
    order_.push_back({.target = std::move(target)});
    by_key_.emplace(std::move(key), std::prev(order_.end()));
  }
  for (const auto& topic : request.forgotten_topics_data) {
    for (const PartitionId partition : topic.partitions) {
      const auto known = by_key_.find({topic.topic, topic.topic_id, partition});
      if (known == by_key_.end()) continue;
      weight_ -= weight_of(known->second->target);
      order_.erase(known->second);
      by_key_.erase(known);
    }
  }
}

std::vector<FetchTarget> FetchSession::targets() const {
  std::vector<FetchTarget> targets;
  targets.reserve(order_.size());
  for (const Cached& cached : order_) targets.push_back(cached.target);
  return targets;
}

bool FetchSession::wants(const FetchTarget& target, const FetchResponse::PartitionData& answer) {
  const auto known = by_key_.find(key_of(target));
  if (known == by_key_.end()) return true;
  Cached& cached = *known->second;
  const bool has_data = answer.records.size_bytes() > 0;
  const bool failed = answer.error_code != ErrorCode::NONE;
  const bool moved = cached.high_watermark != answer.high_watermark ||
                     cached.log_start_offset != answer.log_start_offset;
  // After an error the client has forgotten the offsets, so the next answer tells them again.
  cached.high_watermark = failed ? -1 : answer.high_watermark;
  cached.log_start_offset = failed ? -1 : answer.log_start_offset;
  if (has_data) order_.splice(order_.end(), order_, known->second);
  return has_data || failed || moved || answer.diverging_epoch.epoch != -1;
}

FetchSessionCache::Opened FetchSessionCache::open(const FetchRequest& request,
                                                  protocol::Version version, std::int64_t now_ms) {
  const bool uses_topic_ids = version >= kFirstVersionWithTopicIds;
  const bool full =
      request.session_epoch == kFullFetchEpoch || request.session_epoch == kSessionlessEpoch;
  if (!full) return open_incremental(request, uses_topic_ids, now_ms);
  if (request.session_id != 0) {
    const std::lock_guard lock(mutex_);
    if (const auto at = sessions_.find(request.session_id); at != sessions_.end()) erase(at);
  }
  Opened opened;
  opened.targets = targets_of(request);
  if (request.session_epoch == kSessionlessEpoch || opened.targets.empty()) return opened;
  std::size_t weight = 0;
  for (const FetchTarget& target : opened.targets) weight += weight_of(target);
  opened.session = create(uses_topic_ids, weight, now_ms);
  if (opened.session == nullptr) return opened;
  const std::lock_guard lock(opened.session->mutex);
  opened.session->update(request);
  return opened;
}

FetchSessionCache::Opened FetchSessionCache::open_incremental(const FetchRequest& request,
                                                              bool uses_topic_ids,
                                                              std::int64_t now_ms) {
  Opened opened;
  opened.incremental = true;
  {
    const std::lock_guard lock(mutex_);
    const auto at = sessions_.find(request.session_id);
    if (at != sessions_.end()) opened.session = at->second.session;
  }
  if (opened.session == nullptr) {
    opened.error = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
    return opened;
  }
  FetchSession& session = *opened.session;
  std::unique_lock lock(session.mutex);
  if (session.next_epoch != request.session_epoch) {
    opened.error = ErrorCode::INVALID_FETCH_SESSION_EPOCH;
  } else if (session.uses_topic_ids() != uses_topic_ids) {
    opened.error = ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR;
  }
  if (opened.error != ErrorCode::NONE) return opened;
  session.next_epoch = epoch_after(session.next_epoch);
  session.last_used_ms = now_ms;
  session.update(request);
  const std::size_t weight = session.weight();
  if (weight <= partitions_max_) opened.targets = session.targets();
  lock.unlock();
  // The client begins anew with a full fetch, and that is served without a session.
  if (!resize(session, weight) || weight > partitions_max_) {
    opened = Opened();
    opened.error = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
  }
  return opened;
}

/// False, and the session is gone, when there is no room for what it has become.
bool FetchSessionCache::resize(const FetchSession& session, std::size_t weight) {
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(session.id());
  // Closed by another request meanwhile: this fetch is its last.
  if (at == sessions_.end() || at->second.session.get() != &session) return true;
  weight_ = weight_ - at->second.weight + weight;
  at->second.weight = weight;
  if (weight_ <= partitions_max_) return true;
  erase(at);
  return false;
}

void FetchSessionCache::close(const FetchSession& session) {
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(session.id());
  if (at != sessions_.end() && at->second.session.get() == &session) erase(at);
}

void FetchSessionCache::erase(Entries::iterator entry) {
  weight_ -= entry->second.weight;
  sessions_.erase(entry);
}

/// Sessions go that nobody has used for long, the oldest first.
bool FetchSessionCache::make_room(std::size_t weight, std::int64_t now_ms) {
  if (weight > partitions_max_) return false;
  while (sessions_.size() >= slots_ || weight_ + weight > partitions_max_) {
    const auto last_used = [](const auto& entry) {
      return entry.second.session->last_used_ms.load();
    };
    const auto oldest = std::ranges::min_element(sessions_, {}, last_used);
    if (oldest == sessions_.end() || now_ms - last_used(*oldest) < kEvictionMs) return false;
    erase(oldest);
  }
  return true;
}

std::shared_ptr<FetchSession> FetchSessionCache::create(bool uses_topic_ids, std::size_t weight,
                                                        std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (!make_room(weight, now_ms)) return nullptr;
  std::int32_t id = 0;
  do {
    id = static_cast<std::int32_t>(random_.next_u64() & 0x7fffffffU);
  } while (id == 0 || sessions_.contains(id));
  auto session = std::make_shared<FetchSession>(id, uses_topic_ids);
  session->last_used_ms = now_ms;
  sessions_.emplace(id, Entry{session, weight});
  weight_ += weight;
  return session;
}

std::size_t FetchSessionCache::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace kreel::broker
