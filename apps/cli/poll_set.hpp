#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kreel::cli {

// What one turn of a loop waits for.
class PollSet {
 public:
  void clear() { entries_.clear(); }
  // The number by which ready() knows it.
  std::size_t add(int descriptor, short events) {
    entries_.push_back({.fd = descriptor, .events = events, .revents = 0});
    return entries_.size() - 1;
  }
  void wait(std::int64_t wait_ms) {
    const int count = ::poll(entries_.data(), entries_.size(), static_cast<int>(wait_ms));
    if (count >= 0) return;
    for (pollfd& entry : entries_) entry.revents = 0;
  }
  // An end or an error counts: the next read or write tells which.
  bool ready(std::size_t index) const { return entries_[index].revents != 0; }

 private:
  std::vector<pollfd> entries_;
};

}  // namespace kreel::cli
