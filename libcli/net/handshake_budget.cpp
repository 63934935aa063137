#include "net/handshake_budget.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/limits.hpp"

namespace kreel::net {
namespace {

bool is_loopback_address(const std::string& host) {
  return host.starts_with("127.") || host == "::1";
}

/// Whose share a connection takes: whoever has one IPv6 address has the 2^64 beside it.
std::string neighbourhood_of(const std::string& host) {
  in6_addr address{};
  const std::string without_zone = host.substr(0, host.find('%'));
  if (::inet_pton(AF_INET6, without_zone.c_str(), &address) != 1) return host;
  constexpr std::size_t kNetworkBytes = 8;
  std::fill(std::begin(address.s6_addr) + kNetworkBytes, std::end(address.s6_addr), 0);
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET6, &address, text.data(), text.size());
}

}  // namespace

bool HandshakeBudget::enter(std::uint64_t id, const std::string& host,
                            std::function<void()> evict) {
  std::function<void()> evict_oldest;
  {
    const std::lock_guard lock(mutex_);
    const bool half_used = entries_.size() > limits::kHandshakesMax / 2;
    const std::string neighbourhood = neighbourhood_of(host);
    const auto known = per_host_.find(neighbourhood);
    const std::size_t of_host = known == per_host_.end() ? 0 : known->second;
    if (half_used && !is_loopback_address(host) && of_host >= limits::kHandshakesPerAddress) {
      return false;
    }
    if (entries_.size() >= limits::kHandshakesMax) {
      const auto oldest = entries_.begin();
      evict_oldest = std::move(oldest->second.evict);
      remove(oldest);
    }
    entries_.emplace(id, Entry{neighbourhood, std::move(evict)});
    ++per_host_[neighbourhood];
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
