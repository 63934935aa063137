#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace kreel {

/// "h:9092", "[::1]:9092".
inline std::string host_and_port(std::string_view host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string_view::npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace kreel
