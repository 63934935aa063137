#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace kreel {

/// A value that many threads read as a whole and one replaces. Readers keep the snapshot that they
/// took. Not std::atomic<std::shared_ptr>: ThreadSanitizer reports a race inside libstdc++ 12's
/// own.
template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  void set(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace kreel
