#include "base/uuid.hpp"

#include <cstdint>
#include <cstring>

#include "base/random.hpp"

namespace kreel {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kTextLength = 22;

}  // namespace

Uuid Uuid::random(Random& random) {
  Uuid id;
  do {
    random.fill(id.bytes);
    id.bytes[6] = (id.bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    id.bytes[8] = (id.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  } while (id.to_string().front() == '-');
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uuid id;
  std::uint32_t pending = 0;
  int pending_bits = 0;
  std::size_t filled = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    pending = (pending << 6) | static_cast<std::uint32_t>(digit);
    pending_bits += 6;
    if (pending_bits >= 8 && filled < id.bytes.size()) {
      pending_bits -= 8;
      id.bytes[filled++] = static_cast<std::byte>((pending >> pending_bits) & 0xffU);
    }
  }
  return id;
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(kTextLength);
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (const std::byte byte : bytes) {
    pending = (pending << 8) | std::to_integer<std::uint32_t>(byte);
    pending_bits += 8;
    while (pending_bits >= 6) {
      pending_bits -= 6;
      text.push_back(kAlphabet[(pending >> pending_bits) & 0x3fU]);
    }
  }
  text.push_back(kAlphabet[(pending << (6 - pending_bits)) & 0x3fU]);
  return text;
}

std::string Uuid::to_dashed_string() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    const auto value = std::to_integer<unsigned>(bytes[i]);
    text.push_back(kHex[value >> 4U]);
    text.push_back(kHex[value & 0xfU]);
  }
  return text;
}

}  // namespace kreel

std::size_t std::hash<kreel::Uuid>::operator()(const kreel::Uuid& id) const noexcept {
  std::uint64_t half[2];
  std::memcpy(half, id.bytes.data(), sizeof(half));
  return static_cast<std::size_t>(half[0] ^ (half[1] * 0x9e3779b97f4a7c15ULL));
}
