#include "cli/value_types.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

namespace kreel::cli {
namespace {

tl::unexpected<Error> not_a(std::string_view text, std::string_view what) {
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not {}", text, what));
}

}  // namespace

Result<std::int32_t> ValueType<std::int32_t>::parse(std::string_view text, const TimeContext&) {
  const auto number = parse_int32(text);
  if (!number) return not_a(text, "a number");
  return *number;
}
std::string ValueType<std::int32_t>::show(const std::int32_t& value) {
  return std::to_string(value);
}

Result<std::int64_t> ValueType<std::int64_t>::parse(std::string_view text, const TimeContext&) {
  const auto number = parse_int64(text);
  if (!number) return not_a(text, "a number");
  return *number;
}
std::string ValueType<std::int64_t>::show(const std::int64_t& value) {
  return std::to_string(value);
}

Result<double> ValueType<double>::parse(std::string_view text, const TimeContext&) {
  const auto number = parse_double(text);
  if (!number) return not_a(text, "a number");
  return *number;
}
std::string ValueType<double>::show(const double& value) {
  return fmt::format("{}", value);
}

Result<std::chrono::milliseconds> ValueType<std::chrono::milliseconds>::parse(std::string_view text,
                                                                              const TimeContext&) {
  return parse_duration(text);
}
std::string ValueType<std::chrono::milliseconds>::show(const std::chrono::milliseconds& value) {
  return value.count() == 0 ? "" : format_duration(value);
}

Result<Size> ValueType<Size>::parse(std::string_view text, const TimeContext&) {
  TRY_ASSIGN(const std::int64_t bytes, parse_size(text));
  return Size{bytes};
}
std::string ValueType<Size>::show(const Size& value) {
  return value.bytes == 0 ? "" : format_size(value.bytes);
}

Result<Instant> ValueType<Instant>::parse(std::string_view text, const TimeContext& context) {
  // As in a position, where only the "@" makes it a time.
  if (text.starts_with('@')) text.remove_prefix(1);
  TRY_ASSIGN(const std::int64_t time_ms, parse_time(text, context));
  return Instant{time_ms};
}
std::string ValueType<Instant>::show(const Instant& value) {
  return value.time_ms == 0 ? "" : format_time(value.time_ms);
}

Result<KeyValue> ValueType<KeyValue>::parse(std::string_view text, const TimeContext&) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return not_a(text, "KEY=VALUE");
  return KeyValue{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}
std::string ValueType<KeyValue>::show(const KeyValue&) {
  return {};
}

Result<Position> ValueType<Position>::parse(std::string_view text, const TimeContext& context) {
  return parse_position(text, context);
}
std::string ValueType<Position>::show(const Position& value) {
  return to_string(value);
}

Result<PositionRange> ValueType<PositionRange>::parse(std::string_view text,
                                                      const TimeContext& context) {
  return parse_position_range(text, context);
}
std::string ValueType<PositionRange>::show(const PositionRange&) {
  return {};
}

Result<RewindBy> ValueType<RewindBy>::parse(std::string_view text, const TimeContext&) {
  return parse_rewind_by(text);
}
std::string ValueType<RewindBy>::show(const RewindBy&) {
  return {};
}

Result<TopicPartitions> ValueType<TopicPartitions>::parse(std::string_view text,
                                                          const TimeContext&) {
  return parse_topic_partitions(text);
}
std::string ValueType<TopicPartitions>::show(const TopicPartitions&) {
  return {};
}

Result<std::vector<std::int32_t>> ValueType<std::vector<std::int32_t>>::parse(std::string_view text,
                                                                              const TimeContext&) {
  return parse_partitions(text);
}
std::string ValueType<std::vector<std::int32_t>>::show(const std::vector<std::int32_t>&) {
  return {};
}

}  // namespace kreel::cli
