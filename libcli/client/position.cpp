#include "kreel/position.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "kreel/text.hpp"
#include "kreel/units.hpp"

namespace kreel {
namespace {

constexpr std::size_t kPartitionsMax = 100'000;

struct NamedAnchor {
  std::string_view name;
  Position::Anchor anchor;
};
constexpr auto kAnchors = std::to_array<NamedAnchor>({{"start", Position::Anchor::kStart},
                                                      {"end", Position::Anchor::kEnd},
                                                      {"committed", Position::Anchor::kCommitted}});

// What users of other tools type, and how it is said here.
struct Foreign {
  std::string_view theirs;
  std::string_view ours;
};
constexpr auto kForeign = std::to_array<Foreign>({{"beginning", "start"},
                                                  {"earliest", "start"},
                                                  {"oldest", "start"},
                                                  {"smallest", "start"},
                                                  {"latest", "end"},
                                                  {"newest", "end"},
                                                  {"largest", "end"},
                                                  {"stored", "committed"},
                                                  {"current", "committed"}});

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

tl::unexpected<Error> not_a_position(std::string_view text, const TimeContext& context) {
  for (const Foreign& word : kForeign) {
    if (equals_ignore_case(text, word.theirs)) {
      return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a position", text),
                  fmt::format("did you mean \"{}\"?", word.ours));
    }
  }
  if (text.starts_with('-') && all_digits(text.substr(1))) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a position", text),
                fmt::format("did you mean \"end{}\"?", text));
  }
  if (parse_time(text, context)) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a position", text),
                fmt::format("did you mean \"@{}\"?", text));
  }
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a position", text),
              "write start, end, committed, an offset, end-100, start+5 or @TIME");
}

Result<Position> parse_offset(std::string_view text) {
  const auto offset = parse_int64(text);
  if (!offset) return fail(ErrorKind::kUsage, fmt::format("offset {} is too large", text));
  return Position{.anchor = Position::Anchor::kOffset, .value = *offset, .delta = 0};
}

std::string partitions_text(std::string_view part) {
  return fmt::format("\"{}\" is not a partition list", part);
}

}  // namespace

Result<Position> parse_position(std::string_view text, const TimeContext& context) {
  if (text.starts_with('@')) {
    TRY_ASSIGN(const std::int64_t time_ms, parse_time(text.substr(1), context));
    return Position{.anchor = Position::Anchor::kTime, .value = time_ms, .delta = 0};
  }
  if (all_digits(text)) return parse_offset(text);
  for (const NamedAnchor& named : kAnchors) {
    if (!text.starts_with(named.name)) continue;
    const std::string_view rest = text.substr(named.name.size());
    Position position{.anchor = named.anchor, .value = 0, .delta = 0};
    if (rest.empty()) return position;
    const std::string_view digits = rest.substr(1);
    if ((rest[0] != '+' && rest[0] != '-') || !all_digits(digits)) break;
    const auto delta = parse_int64(digits);
    if (!delta) return fail(ErrorKind::kUsage, fmt::format("\"{}\" is too far", text));
    position.delta = rest[0] == '-' ? -*delta : *delta;
    return position;
  }
  return not_a_position(text, context);
}

Result<PositionRange> parse_position_range(std::string_view text, const TimeContext& context) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a range", text),
                "write two positions around \"..\", as in start..end-100");
  }
  const std::string_view from = text.substr(0, dots);
  const std::string_view until = text.substr(dots + 2);
  if (from.empty() && until.empty()) {
    return fail(ErrorKind::kUsage, "\"..\" names no position", "give at least one side");
  }
  PositionRange range;
  if (!from.empty()) {
    TRY_ASSIGN(range.from, parse_position(from, context));
  }
  if (!until.empty()) {
    TRY_ASSIGN(range.until, parse_position(until, context));
  }
  return range;
}

std::string to_string(const Position& position) {
  if (position.anchor == Position::Anchor::kOffset) return fmt::format("{}", position.value);
  if (position.anchor == Position::Anchor::kTime) return "@" + format_time(position.value);
  const auto named = std::ranges::find(kAnchors, position.anchor, &NamedAnchor::anchor);
  std::string text(named->name);
  if (position.delta != 0) text += fmt::format("{:+}", position.delta);
  return text;
}

Result<RewindBy> parse_rewind_by(std::string_view text) {
  RewindBy by;
  if (all_digits(text)) {
    by.records = parse_int64(text);
    if (!by.records) return fail(ErrorKind::kUsage, fmt::format("\"{}\" is too many", text));
    return by;
  }
  const auto duration = parse_duration(text);
  if (!duration) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" is no time and no number of records", text),
                "write 30m for a time, 1000 for records");
  }
  by.duration_ms = duration->count();
  return by;
}

Result<std::vector<std::int32_t>> parse_partitions(std::string_view text) {
  std::vector<std::int32_t> partitions;
  for (const std::string_view part : split(text, ',')) {
    const auto dash = part.find('-');
    const std::string_view last_text =
        dash == std::string_view::npos ? part : part.substr(dash + 1);
    const auto first = parse_int32(part.substr(0, dash));
    const auto last = parse_int32(last_text);
    if (!first || !last || *first < 0 || *last < *first) {
      return fail(ErrorKind::kUsage, partitions_text(text), "write numbers and ranges: 0,3-5");
    }
    const auto count = static_cast<std::size_t>(*last - *first) + 1;
    if (count > kPartitionsMax || partitions.size() + count > kPartitionsMax) {
      return fail(ErrorKind::kUsage, fmt::format("{} is over 100,000 partitions", text));
    }
    for (std::int64_t id = *first; id <= *last; ++id) {
      partitions.push_back(static_cast<std::int32_t>(id));
    }
  }
  std::ranges::sort(partitions);
  partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
  return partitions;
}

bool in_scope(std::span<const TopicPartitions> scope, std::string_view topic,
              std::int32_t partition) {
  return scope.empty() || std::ranges::any_of(scope, [&](const TopicPartitions& one) {
           return one.topic == topic &&
                  (one.partitions.empty() || std::ranges::binary_search(one.partitions, partition));
         });
}

Result<TopicPartitions> parse_topic_partitions(std::string_view text) {
  const auto colon = text.rfind(':');
  TopicPartitions result;
  result.topic = std::string(text.substr(0, colon));
  if (result.topic.empty()) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" names no topic", text),
                "write orders or orders:0,3-5");
  }
  if (colon != std::string_view::npos) {
    TRY_ASSIGN(result.partitions, parse_partitions(text.substr(colon + 1)));
  }
  return result;
}

}  // namespace kreel
