#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

// Durations and sizes as people write them. All functions are pure and thread-safe; a text that
// cannot be read is ErrorKind::kUsage.

/// "500ms", "30s", "1h30m", "7d", "2w"; parts from large to small, each at most once. A bare "0" is
/// zero; any other number needs its unit. Never negative, below 100 years.
KREEL_API Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest form that parse_duration reads back: 5400000 ms -> "1h30m".
KREEL_API std::string format_duration(std::chrono::milliseconds duration);

/// Bytes: "1048576", "64k", "64KiB", "1MB" (10^6), "10g". One letter and the i-forms are powers of
/// 1024, as in Kafka's and the kernel's habit; KB, MB, GB, TB are powers of 1000.
KREEL_API Result<std::int64_t> parse_size(std::string_view text);
/// 1536 -> "1.5 KiB"; for people, not for parse_size.
KREEL_API std::string format_size(std::int64_t bytes);

}  // namespace kreel
