#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "kreel/text.hpp"
#include "kreel/units.hpp"

namespace kreel {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// From large to small: the order in which the parts of a duration must stand.
constexpr auto kDurationUnits = std::to_array<Unit>({{"w", 604'800'000},
                                                     {"d", 86'400'000},
                                                     {"h", 3'600'000},
                                                     {"m", 60'000},
                                                     {"s", 1'000},
                                                     {"ms", 1}});
constexpr std::int64_t kDurationMaxMs = 100LL * 365 * 86'400'000;

constexpr auto kSizeUnits = std::to_array<Unit>({{"", 1},
                                                 {"b", 1},
                                                 {"k", 1LL << 10},
                                                 {"kib", 1LL << 10},
                                                 {"kb", 1'000},
                                                 {"m", 1LL << 20},
                                                 {"mib", 1LL << 20},
                                                 {"mb", 1'000'000},
                                                 {"g", 1LL << 30},
                                                 {"gib", 1LL << 30},
                                                 {"gb", 1'000'000'000},
                                                 {"t", 1LL << 40},
                                                 {"tib", 1LL << 40},
                                                 {"tb", 1'000'000'000'000}});

std::size_t digits_at_front(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

tl::unexpected<Error> bad_duration(std::string_view text) {
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a duration", text),
              "write 500ms, 30s, 1h30m or 7d");
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  std::int64_t total_ms = 0;
  std::size_t next_unit = 0;
  std::string_view rest = text;
  do {
    const std::size_t digits = digits_at_front(rest);
    const auto number = parse_int64(rest.substr(0, digits));
    if (!number) return bad_duration(text);
    rest.remove_prefix(digits);
    const auto letters = rest.substr(0, rest.find_first_of("0123456789"));
    while (next_unit < kDurationUnits.size() && kDurationUnits[next_unit].name != letters) {
      ++next_unit;
    }
    if (next_unit == kDurationUnits.size()) return bad_duration(text);
    const std::int64_t factor = kDurationUnits[next_unit++].factor;
    if (*number > (kDurationMaxMs - total_ms) / factor) {
      return fail(ErrorKind::kUsage, fmt::format("\"{}\" is over 100 years", text));
    }
    total_ms += *number * factor;
    rest.remove_prefix(letters.size());
  } while (!rest.empty());
  return std::chrono::milliseconds(total_ms);
}

std::string format_duration(std::chrono::milliseconds duration) {
  std::int64_t rest_ms = duration.count();
  if (rest_ms == 0) return "0";
  std::string text;
  for (const Unit& unit : kDurationUnits) {
    if (unit.name == "w" && rest_ms % unit.factor != 0) continue;
    if (rest_ms >= unit.factor) text += fmt::format("{}{}", rest_ms / unit.factor, unit.name);
    rest_ms %= unit.factor;
  }
  return text;
}

Result<std::int64_t> parse_size(std::string_view text) {
  const std::size_t digits = digits_at_front(text);
  const auto number = parse_int64(text.substr(0, digits));
  const std::string suffix = to_lower(text.substr(digits));
  for (const Unit& unit : kSizeUnits) {
    if (!number || unit.name != suffix) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / unit.factor) {
      return fail(ErrorKind::kUsage, fmt::format("\"{}\" is too large", text));
    }
    return *number * unit.factor;
  }
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a size", text),
              "write bytes, or 64k, 10MiB, 1GB");
}

std::string format_size(std::int64_t bytes) {
  constexpr auto kNames = std::to_array<std::string_view>({"KiB", "MiB", "GiB", "TiB", "PiB"});
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t name = 0;
  while (value >= 1023.95 && name + 1 < kNames.size()) {
    value /= 1024;
    ++name;
  }
  return fmt::format("{:.1f} {}", value, kNames[name]);
}

}  // namespace kreel
