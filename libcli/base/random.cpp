#include "base/random.hpp"

#include <sys/random.h>

#include <algorithm>

#include "base/assert.hpp"

namespace kreel {

void Random::fill(MutableByteView out) {
  while (!out.empty()) {
    const std::uint64_t value = next_u64();
    const std::size_t length = std::min(out.size(), sizeof(value));
    std::memcpy(out.data(), &value, length);
    out = out.subspan(length);
  }
}

std::uint64_t SystemRandom::next_u64() {
  std::uint64_t value = 0;
  const auto got = ::getrandom(&value, sizeof(value), 0);
  KREEL_ASSERT(got == sizeof(value), "getrandom gave fewer bytes than asked");
  return value;
}

}  // namespace kreel
