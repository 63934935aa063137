#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kreel {

class Random;

/// 128-bit id of a topic or a log directory. Printed as Kafka does: 22 characters of URL-safe
/// base64 without padding. All zero means "none".
struct Uuid {
  std::array<std::byte, 16> bytes{};

  /// A version 4 UUID whose text does not start with '-', as Kafka's Uuid.randomUuid().
  static Uuid random(Random& random);
  /// nullopt unless `text` is 22 characters of URL-safe base64.
  static std::optional<Uuid> parse(std::string_view text);

  bool is_zero() const { return *this == Uuid{}; }
  std::string to_string() const;
  /// The RFC 4122 form with dashes, as member ids carry it.
  std::string to_dashed_string() const;
  auto operator<=>(const Uuid&) const = default;
};

}  // namespace kreel

template <>
struct std::hash<kreel::Uuid> {
  std::size_t operator()(const kreel::Uuid& id) const noexcept;
};
