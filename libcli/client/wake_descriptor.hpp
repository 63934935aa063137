#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/assert.hpp"

namespace kreel::client {

/// An eventfd that librdkafka's queues write when they have something, and that anybody may set.
class WakeDescriptor {
 public:
  static constexpr std::uint64_t kPayload = 1;

  WakeDescriptor() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    KREEL_ASSERT(descriptor_ >= 0, "no eventfd");
  }
  ~WakeDescriptor() { ::close(descriptor_); }
  WakeDescriptor(const WakeDescriptor&) = delete;
  WakeDescriptor& operator=(const WakeDescriptor&) = delete;

  int get() const { return descriptor_; }
  void clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof(count));
  }
  /// Async-signal-safe.
  void set() const {
    [[maybe_unused]] const auto written = ::write(descriptor_, &kPayload, sizeof(kPayload));
  }

 private:
  int descriptor_;
};

}  // namespace kreel::client
