#include "kafka/offset_reset.hpp"

#include "kafka/offset_targets.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kByDurationPrefix = "by_duration:";

}  // namespace

std::optional<ResetPolicy> parse_offset_reset(std::string_view text) {
  if (text == "earliest" || text == "latest") return ResetPolicy{std::string(text), {}};
  if (text == "none") return ResetPolicy{"error", {}};
  if (!text.starts_with(kByDurationPrefix)) return std::nullopt;
  const auto age_ms = iso_duration_ms(text.substr(kByDurationPrefix.size()));
  if (!age_ms || *age_ms < 0) return std::nullopt;
  // What is lost while it is read was older than all that is there.
  return ResetPolicy{"earliest", *age_ms};
}

Outcome<std::int64_t> start_within(const ResetPolicy& reset, const TopicPartition& at,
                                   std::int64_t start, ToolAdmin& tool, std::int64_t now_ms) {
  if (!reset.age_ms || start < 0) return start;
  TRY_ASSIGN(AdminClient * admin, tool.connect("listOffsets"));
  const OffsetSource source{*admin, Isolation::kReadUncommitted};
  const auto ranges = offset_ranges({at}, source);
  // Java waits for a partition that is not there.
  if (!ranges && ranges.error().reason == ErrorKind::kNotFound) return start;
  TRY(ranges);
  const OffsetRange& range = ranges->at(at);
  if (start >= range.first && start <= range.last) return start;
  TRY_ASSIGN(const auto found,
             offsets_at({at}, OffsetSpec::at_time(now_ms - *reset.age_ms), source));
  return found.at(at).value_or(range.last);
}

}  // namespace kreel::kafka_tools
