#pragma once

#include <cstdint>
#include <random>

#include "base/bytes.hpp"

namespace kreel {

/// Source of randomness, passed in so that a simulation is repeatable from one seed.
/// Implementations are safe to call from any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next_u64() = 0;
  void fill(MutableByteView out);
};

/// getrandom(2): for ids that must never repeat.
class SystemRandom final : public Random {
 public:
  std::uint64_t next_u64() override;
};

/// Repeatable; for tests and simulation only. Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next_u64() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace kreel
