#include "kafka/offset_targets.hpp"

#include <algorithm>
#include <array>

#include <kreel/position.hpp>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

constexpr std::int64_t kZoneHourMs = 3'600'000;
constexpr std::int64_t kZoneMinuteMs = 60'000;

bool take_char(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_number(std::string_view& text, std::size_t digits_max = 9) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, std::min(end, digits_max));
  text.remove_prefix(digits.size());
  return parse_int64(digits);
}

// "Z", "+hh" or "+hh:mm", and then anything.
std::optional<std::int64_t> take_zone_ms(std::string_view& text) {
  if (take_char(text, 'Z')) return 0;
  const bool is_east = text.starts_with('+');
  if (!take_char(text, '+') && !take_char(text, '-')) return std::nullopt;
  const bool has_two_digits = text.find_first_not_of("0123456789") != 1;
  const auto hours = take_number(text, 2);
  if (!hours || !has_two_digits || *hours > 23) return std::nullopt;
  std::int64_t offset_ms = *hours * kZoneHourMs;
  if (take_char(text, ':')) offset_ms += take_number(text, 2).value_or(0) * kZoneMinuteMs;
  return is_east ? offset_ms : -offset_ms;
}

// yyyy-MM-dd'T'HH:mm:ss.SSSX as SimpleDateFormat reads it: numbers of any length, and anything
// behind the zone.
std::optional<std::int64_t> simple_date_ms(std::string_view text) {
  std::array<std::int64_t, 7> fields{};
  constexpr std::string_view kAfter = "--T::.";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto number = take_number(text);
    if (!number || (i < kAfter.size() && !take_char(text, kAfter[i]))) return std::nullopt;
    fields[i] = *number;
  }
  const auto zone_ms = take_zone_ms(text);
  if (!zone_ms || fields[6] > 999) return std::nullopt;
  const auto time_ms =
      parse_time(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", fields[0], fields[1],
                             fields[2], fields[3], fields[4], fields[5], fields[6]),
                 {});
  if (!time_ms) return std::nullopt;
  return *time_ms - *zone_ms;
}

std::optional<std::int64_t> duration_ms(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!text.starts_with('P') && !text.starts_with('p')) return std::nullopt;
  text.remove_prefix(1);
  double total_ms = 0;
  bool in_time = false;
  bool any = false;
  while (!text.empty()) {
    if (text[0] == 'T' || text[0] == 't') {
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    const auto end = text.find_first_not_of("+-.0123456789");
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = parse_double(text.substr(0, end));
    const char unit = to_lower(text.substr(end, 1))[0];
    const double unit_ms = !in_time && unit == 'd'  ? 86'400'000
                           : in_time && unit == 'h' ? 3'600'000
                           : in_time && unit == 'm' ? 60'000
                           : in_time && unit == 's' ? 1'000
                                                    : 0;
    if (!number || unit_ms == 0) return std::nullopt;
    total_ms += *number * unit_ms;
    any = true;
    text.remove_prefix(end + 1);
  }
  if (!any) return std::nullopt;
  return static_cast<std::int64_t>(negative ? -total_ms : total_ms);
}

Outcome<AskedOffsets> at_time(const std::vector<TopicPartition>& partitions, std::int64_t time_ms,
                              const OffsetSource& source) {
  if (time_ms < 0 && !partitions.empty()) {
    return illegal_argument(
        fmt::format("The target time for partition {} is {}. The target time cannot be negative.",
                    java_name(partitions.front()), time_ms));
  }
  AskedOffsets asked;
  TRY_ASSIGN(asked.offsets, offsets_at(partitions, OffsetSpec::at_time(time_ms), source));
  for (const TopicPartition& at : partitions) {
    if (!asked.offsets[at]) asked.empty.push_back(at);
  }
  TRY_ASSIGN(const OffsetMap latest, offsets_at(asked.empty, OffsetSpec::latest(), source));
  for (const auto& [at, offset] : latest) asked.offsets[at] = offset;
  return asked;
}

}  // namespace

std::vector<Flag> offset_target_flags() {
  return {{"to-earliest", Takes::kNothing, "", "To the first record."},
          {"to-latest", Takes::kNothing, "", "Behind the last record."},
          {"to-offset", Takes::kValue, "Long: offset", "To this offset."},
          {"shift-by", Takes::kValue, "Long: number-of-offsets", "By so many, back if negative."},
          {"to-datetime", Takes::kValue, "String: datetime",
           "To the first record of this time: YYYY-MM-DDTHH:mm:SS.sss."},
          {"by-duration", Takes::kValue, "String: duration",
           "To the first record of so long ago: PnDTnHnMnS."},
          {"from-file", Takes::kValue, "String: path to CSV file", "To what a CSV file says."}};
}

Outcome<void> exclude_each_other(const Options& options, std::span<const std::string_view> names) {
  for (const std::string_view one : names) {
    for (const std::string_view other : names) {
      if (one != other) TRY(exclude(options, one, std::span(&other, 1)));
    }
  }
  return {};
}

Outcome<OffsetMap> offsets_at(const std::vector<TopicPartition>& partitions, OffsetSpec spec,
                              const OffsetSource& source) {
  std::vector<OffsetQuery> queries;
  for (const TopicPartition& at : partitions) queries.push_back({at, spec});
  OffsetMap offsets;
  if (queries.empty()) return offsets;
  TRY_ASSIGN(const auto listed,
             in_java(source.admin.list_offsets(queries, source.isolation), "listOffsets"));
  for (const ListedOffset& one : listed) {
    if (one.error) return tl::unexpected(java_error(*one.error));
    offsets[one.at] = one.offset;
  }
  return offsets;
}

Outcome<std::map<TopicPartition, OffsetRange>> offset_ranges(
    const std::vector<TopicPartition>& partitions, const OffsetSource& source) {
  TRY_ASSIGN(const OffsetMap first, offsets_at(partitions, OffsetSpec::earliest(), source));
  TRY_ASSIGN(const OffsetMap last, offsets_at(partitions, OffsetSpec::latest(), source));
  std::map<TopicPartition, OffsetRange> ranges;
  for (const TopicPartition& at : partitions) {
    const std::int64_t begin = first.at(at).value_or(0);
    ranges[at] = {begin, last.at(at).value_or(begin)};
  }
  return ranges;
}

Outcome<OffsetMap> committed_offsets(const std::string& group, AdminClient& admin) {
  const GroupOffsetsQuery query{.group = group};
  TRY_ASSIGN(const auto fetched,
             in_java(admin.fetch_offsets(std::span(&query, 1)), "listConsumerGroupOffsets"));
  OffsetMap commits;
  for (const CommittedOffset& one : fetched.front().offsets) {
    if (one.offset) commits[one.at] = one.offset;
  }
  return commits;
}

Outcome<std::optional<AskedOffsets>> asked_offsets(
    const Options& options, const std::vector<TopicPartition>& partitions,
    const std::function<Outcome<OffsetMap>()>& now_at, const OffsetSource& source,
    std::int64_t now_ms) {
  AskedOffsets asked;
  if (options.has("to-earliest")) {
    TRY_ASSIGN(asked.offsets, offsets_at(partitions, OffsetSpec::earliest(), source));
  } else if (options.has("to-latest")) {
    TRY_ASSIGN(asked.offsets, offsets_at(partitions, OffsetSpec::latest(), source));
  } else if (options.has("to-offset")) {
    TRY_ASSIGN(const std::int64_t offset, options.number_or("to-offset", 0));
    for (const TopicPartition& at : partitions) asked.offsets[at] = offset;
    asked.may_be_out_of_range = true;
  } else if (options.has("shift-by")) {
    TRY_ASSIGN(const std::int64_t by, options.number_or("shift-by", 0));
    TRY_ASSIGN(asked.offsets, now_at());
    for (auto& [at, offset] : asked.offsets) {
      if (offset) *offset += by;
    }
    asked.may_be_out_of_range = true;
  } else if (options.has("to-datetime")) {
    TRY_ASSIGN(const std::string text, options.value_or("to-datetime", ""));
    TRY_ASSIGN(const std::int64_t time_ms, iso_time_ms(text));
    TRY_ASSIGN(asked, at_time(partitions, time_ms, source));
  } else if (options.has("by-duration")) {
    TRY_ASSIGN(const std::string text, options.value_or("by-duration", ""));
    TRY_ASSIGN(const std::int64_t back_ms, iso_duration_ms(text));
    TRY_ASSIGN(asked, at_time(partitions, now_ms - back_ms, source));
  } else {
    return std::optional<AskedOffsets>();
  }
  return std::optional<AskedOffsets>(std::move(asked));
}

Outcome<void> commit_offsets(const std::string& group, const std::vector<OffsetToCommit>& offsets,
                             AdminClient& admin) {
  if (offsets.empty()) return {};
  TRY_ASSIGN(const auto results,
             in_java(admin.commit_offsets(group, offsets), "alterConsumerGroupOffsets"));
  for (const PartitionResult& result : results) {
    if (result.error) return tl::unexpected(java_error(*result.error));
  }
  return {};
}

Outcome<std::int64_t> iso_time_ms(const std::string& text) {
  const auto parse_exception = [](std::string message) {
    return thrown("java.text.ParseException", std::move(message), ErrorKind::kUsage);
  };
  const auto t = text.find('T');
  if (t == std::string::npos || t + 1 == text.size()) {
    return parse_exception(
        "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
  }
  const bool has_zone = text.find_first_of("+-Z", t) != std::string::npos;
  const std::string with_zone = has_zone ? text : text + "Z";
  if (const auto time_ms = simple_date_ms(with_zone)) return *time_ms;
  return parse_exception(fmt::format("Unparseable date: \"{}\"", with_zone));
}

Outcome<std::int64_t> iso_duration_ms(std::string_view text) {
  if (const auto parsed = duration_ms(text)) return *parsed;
  return thrown("java.time.format.DateTimeParseException", "Text cannot be parsed to a Duration",
                ErrorKind::kUsage);
}

std::vector<TopicPartition> in_java_order(const std::vector<TopicPartition>& partitions,
                                          std::size_t capacity) {
  std::vector<std::int32_t> hashes;
  for (const TopicPartition& at : partitions) {
    const std::uint32_t hash = 31 * (31 + static_cast<std::uint32_t>(at.partition)) +
                               static_cast<std::uint32_t>(java_hash(at.topic));
    hashes.push_back(static_cast<std::int32_t>(hash));
  }
  std::vector<TopicPartition> ordered;
  for (const std::size_t i : hash_map_order(hashes, capacity)) ordered.push_back(partitions[i]);
  return ordered;
}

}  // namespace kreel::kafka_tools
