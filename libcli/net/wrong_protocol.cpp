#include "net/wrong_protocol.hpp"

#include <array>
#include <string_view>

namespace kreel::net {
namespace {

constexpr std::uint32_t four_bytes(std::string_view text) {
  std::uint32_t value = 0;
  for (const char c : text) value = (value << 8U) | static_cast<unsigned char>(c);
  return value;
}

constexpr std::array kHttpMethods{four_bytes("GET "), four_bytes("POST"), four_bytes("PUT "),
                                  four_bytes("HEAD"), four_bytes("DELE"), four_bytes("OPTI"),
                                  four_bytes("PATC"), four_bytes("CONN")};

}  // namespace

std::string name_wrong_protocol(std::uint32_t first_bytes) {
  // Record type 22 (handshake), version 3.x: 16 03 0x.
  if ((first_bytes >> 16U) == 0x1603U) return "a TLS handshake";
  if (first_bytes == four_bytes("SSH-")) return "an SSH client";
  for (const std::uint32_t method : kHttpMethods) {
    if (first_bytes == method) return "an HTTP request";
  }
  return {};
}

}  // namespace kreel::net
