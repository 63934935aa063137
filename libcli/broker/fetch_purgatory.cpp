#include "broker/fetch_purgatory.hpp"

#include <algorithm>

namespace kreel::broker {

void FetchPurgatory::park(std::shared_ptr<ParkedFetch> fetch,
                          std::vector<std::shared_ptr<storage::Log>> logs,
                          std::int64_t max_wait_ms) {
  const std::uint64_t id = next_id_++;
  for (const auto& log : logs) {
    watchers_[log.get()].push_back(id);
    log->watch_bits().fetch_or(watch_bit_);
  }
  Entry& entry = parked_[id];
  entry.fetch = std::move(fetch);
  entry.logs = std::move(logs);
  entry.timer = executor_.schedule_after_ms(max_wait_ms, [this, id] { try_entry(id, true); });
  try_entry(id, false);
}

void FetchPurgatory::wake(const storage::Log& log) {
  // The pointer is only an identity here: the entry that watches the log keeps it alive.
  bool first = false;
  {
    const std::lock_guard lock(woken_mutex_);
    first = woken_.empty();
    if (std::ranges::find(woken_, &log) == woken_.end()) woken_.push_back(&log);
  }
  if (first) executor_.post([this] { drain_woken(); });
}

void FetchPurgatory::drain_woken() {
  std::vector<const storage::Log*> woken;
  {
    const std::lock_guard lock(woken_mutex_);
    woken.swap(woken_);
  }
  for (const storage::Log* log : woken) {
    const auto at = watchers_.find(log);
    if (at == watchers_.end()) continue;
    const std::vector<std::uint64_t> ids = at->second;
    for (const std::uint64_t id : ids) try_entry(id, false);
  }
}

void FetchPurgatory::expire_all() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, entry] : parked_) ids.push_back(id);
  for (const std::uint64_t id : ids) try_entry(id, true);
}

void FetchPurgatory::try_entry(std::uint64_t id, bool expired) {
  const auto at = parked_.find(id);
  if (at == parked_.end()) return;
  const std::shared_ptr<ParkedFetch> fetch = at->second.fetch;
  if (fetch->try_complete(expired)) remove(id);
}

void FetchPurgatory::remove(std::uint64_t id) {
  const auto at = parked_.find(id);
  if (at == parked_.end()) return;
  Entry entry = std::move(at->second);
  parked_.erase(at);
  executor_.cancel(entry.timer);
  for (const auto& log : entry.logs) {
    const auto watching = watchers_.find(log.get());
    if (watching == watchers_.end()) continue;
    std::erase(watching->second, id);
    if (!watching->second.empty()) continue;
    watchers_.erase(watching);
    log->watch_bits().fetch_and(~watch_bit_);
  }
}

}  // namespace kreel::broker
