#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kreel::net {

/// Connections of all listeners that have not shown yet who they are: a bounded number, in which
/// the newest wins, and no single address (of IPv6, no /64) can take all places. Thread-safe.
class HandshakeBudget {
 public:
  /// `evict` is called, on any thread and with no lock held, when `id` has to make room. False:
  /// this address has its share of a budget that is half used.
  bool enter(std::uint64_t id, const std::string& host, std::function<void()> evict);
  /// It is known now, or gone; both may be told.
  void leave(std::uint64_t id);

  std::size_t size() const;

 private:
  struct Entry {
    std::string host;
    std::function<void()> evict;
  };
  void remove(std::map<std::uint64_t, Entry>::iterator entry);

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Entry> entries_;  ///< ids grow, so the first one is the oldest
  std::unordered_map<std::string, std::size_t> per_host_;
};

}  // namespace kreel::net
