#include "net/handshake_budget.hpp"

#include <utility>

#include "net/limits.hpp"

namespace kreel::net {
namespace {

bool is_loopback_address(const std::string& host) {
  return host.starts_with("127.") || host == "::1";
}

}  // namespace

bool HandshakeBudget::enter(std::uint64_t id, const std::string& host,
                            std::function<void()> evict) {
  std::function<void()> evict_oldest;
  {
    const std::lock_guard lock(mutex_);
    const bool half_used = entries_.size() > limits::kHandshakesMax / 2;
    const auto known = per_host_.find(host);
    const std::size_t of_host = known == per_host_.end() ? 0 : known->second;
    if (half_used && !is_loopback_address(host) && of_host >= limits::kHandshakesPerAddress) {
      return false;
    }
    if (entries_.size() >= limits::kHandshakesMax) {
      const auto oldest = entries_.begin();
      evict_oldest = std::move(oldest->second.evict);
      remove(oldest);
    }
    entries_.emplace(id, Entry{host, std::move(evict)});
    ++per_host_[host];
  }
  if (evict_oldest) evict_oldest();
  return true;
}

void HandshakeBudget::leave(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found != entries_.end()) remove(found);
}

void HandshakeBudget::remove(std::map<std::uint64_t, Entry>::iterator entry) {
  const auto host = per_host_.find(entry->second.host);
  if (--host->second == 0) per_host_.erase(host);
  entries_.erase(entry);
}

std::size_t HandshakeBudget::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace kreel::net
