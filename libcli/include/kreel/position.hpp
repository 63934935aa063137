#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

// Where in a topic: the one grammar of --from, --until and --to. Parsing needs no broker; offsets
// are found later, per partition. All functions are pure and thread-safe; a text that cannot be
// read is ErrorKind::kUsage.

/// A place in each partition of a topic, not yet an offset.
struct Position {
  enum class Anchor {
    kStart,      ///< the log start
    kEnd,        ///< the log end
    kCommitted,  ///< the group's committed offset
    kOffset,     ///< `value` is the offset, 0 or more
    kTime        ///< the first record at or after `value`, milliseconds since 1970-01-01 UTC
  };
  Anchor anchor = Anchor::kStart;
  std::int64_t value = 0;
  /// Offsets to add to what the anchor resolves to; only for start, end and committed.
  std::int64_t delta = 0;

  bool operator==(const Position&) const = default;
};

/// `from..until`, each side optional ("..end", "start.."), but not both missing.
struct PositionRange {
  std::optional<Position> from;
  std::optional<Position> until;

  bool operator==(const PositionRange&) const = default;
};

/// What a text without a zone or with "now" means.
struct TimeContext {
  std::int64_t now_ms = 0;   ///< milliseconds since 1970-01-01 UTC
  std::string zone = "UTC";  ///< IANA name, for times that state none
};

/// "start", "end", "committed", "1234", "end-100", "start+5", "@TIME", "@-2h30m", "@now".
KREEL_API Result<Position> parse_position(std::string_view text, const TimeContext& context);
/// Two positions around "..".
KREEL_API Result<PositionRange> parse_position_range(std::string_view text,
                                                     const TimeContext& context);
/// The form that parse_position reads back; a time as its UTC instant: "@2026-11-20T08:00:00Z".
KREEL_API std::string to_string(const Position& position);

/// RFC 3339 ("2026-11-20T08:00:00Z"; zone, seconds and fraction may be left out; a blank may stand
/// for T), a date, an epoch of 10 digits (s) or 13 (ms), "now", or "-2h30m" back from now. A local
/// time that the zone skips or has twice is refused. Milliseconds since 1970-01-01 UTC.
KREEL_API Result<std::int64_t> parse_time(std::string_view text, const TimeContext& context);
/// "2026-11-20T08:00:00Z", with ".123" where there are milliseconds.
KREEL_API std::string format_time(std::int64_t time_ms);
/// The same instant in `zone`: "2026-11-20T09:00:00+01:00". kUsage for an unknown zone.
KREEL_API Result<std::string> format_time(std::int64_t time_ms, std::string_view zone);

/// How far back: a time before now, or records before the committed offset. Exactly one is set.
struct RewindBy {
  std::optional<std::int64_t> duration_ms;
  std::optional<std::int64_t> records;

  bool operator==(const RewindBy&) const = default;
};
/// "30m" or "1000".
KREEL_API Result<RewindBy> parse_rewind_by(std::string_view text);

/// "orders" or "orders:0,3-5".
struct TopicPartitions {
  std::string topic;
  std::vector<std::int32_t> partitions;  ///< sorted, without duplicates; empty for all

  bool operator==(const TopicPartitions&) const = default;
};
KREEL_API Result<TopicPartitions> parse_topic_partitions(std::string_view text);
/// Whether `scope` names the partition; one that is empty names all.
KREEL_API bool in_scope(std::span<const TopicPartitions> scope, std::string_view topic,
                        std::int32_t partition);
/// "0,3-5" alone; at most 100,000 partitions.
KREEL_API Result<std::vector<std::int32_t>> parse_partitions(std::string_view text);

}  // namespace kreel
