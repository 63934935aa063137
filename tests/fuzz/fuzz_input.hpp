#pragma once

#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"

/// What must hold for every input; anything else is a finding.
#define FUZZ_CHECK(condition)  \
  do {                         \
    if (!(condition)) abort(); \
  } while (false)

namespace kreel {

inline ByteView fuzz_input(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

}  // namespace kreel
