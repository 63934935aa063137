#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kreel/text.hpp>

namespace kreel::cli {

// "1 record", "1,204 records".
inline std::string counted(std::int64_t count, std::string_view noun) {
  return with_thousands(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace kreel::cli
