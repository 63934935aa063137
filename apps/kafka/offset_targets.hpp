#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>

#include "kafka/tool.hpp"

// What the tools share that move the offsets of groups.

namespace kreel::kafka_tools {

// By partition; empty where there is no such record.
using OffsetMap = std::map<TopicPartition, std::optional<std::int64_t>>;

struct OffsetRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// --to-earliest, --to-latest, --to-offset, --shift-by, --to-datetime, --by-duration, --from-file.
std::vector<Flag> offset_target_flags();
// `Option "[a]" can't be used with option "[b]"`, for the first two of `names` that are given.
Outcome<void> exclude_each_other(const Options& options, std::span<const std::string_view> names);

// Where partitions are asked for their offsets.
struct OffsetSource {
  AdminClient& admin;
  Isolation isolation;
};
Outcome<OffsetMap> offsets_at(const std::vector<TopicPartition>& partitions, OffsetSpec spec,
                              const OffsetSource& source);
Outcome<std::map<TopicPartition, OffsetRange>> offset_ranges(
    const std::vector<TopicPartition>& partitions, const OffsetSource& source);
Outcome<OffsetMap> committed_offsets(const std::string& group, AdminClient& admin);

// What the options ask for.
struct AskedOffsets {
  OffsetMap offsets;
  bool may_be_out_of_range = false;   // they count, and do not look
  std::vector<TopicPartition> empty;  // without a record so late: these get their latest offset
};
// For one of offset_target_flags() but --from-file; nothing where none is given. `now_at` says
// where the partitions stand, for --shift-by.
Outcome<std::optional<AskedOffsets>> asked_offsets(
    const Options& options, const std::vector<TopicPartition>& partitions,
    const std::function<Outcome<OffsetMap>()>& now_at, const OffsetSource& source,
    std::int64_t now_ms);

Outcome<void> commit_offsets(const std::string& group, const std::vector<OffsetToCommit>& offsets,
                             AdminClient& admin);

// Milliseconds of "2026-01-01T00:00:00.000", with a zone or in UTC; a ParseException otherwise.
Outcome<std::int64_t> iso_time_ms(const std::string& text);
// Of "PnDTnHnMnS"; a DateTimeParseException otherwise.
Outcome<std::int64_t> iso_duration_ms(std::string_view text);

// As a HashSet that began with `capacity` has them.
std::vector<TopicPartition> in_java_order(const std::vector<TopicPartition>& partitions,
                                          std::size_t capacity = 16);

}  // namespace kreel::kafka_tools
