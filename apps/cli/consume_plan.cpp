#include "cli/consume_plan.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/core.h>
#include <kreel/pattern.hpp>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/resolve_positions.hpp"

namespace kreel::cli {
namespace {

// Internal topics are read by name alone.
Result<std::vector<std::string>> matching_topics(AdminClient& admin, const std::string& regex) {
  TRY_ASSIGN(const Pattern pattern, Pattern::compile(regex));
  TRY_ASSIGN(const auto topics, admin.list_topics());
  std::vector<std::string> names;
  for (const TopicInfo& topic : topics) {
    if (!topic.internal && pattern.matches(topic.name)) names.push_back(topic.name);
  }
  if (!names.empty()) return names;
  return fail(ErrorKind::kNotFound, fmt::format("no topic matches \"{}\"", escape_control(regex)),
              "kreel topics list shows the topics");
}

Result<std::vector<TopicPartitions>> wanted_topics(AdminClient& admin, const ReadScope& scope) {
  std::vector<TopicPartitions> wanted = scope.topics;
  if (scope.regex) {
    TRY_ASSIGN(const auto names, matching_topics(admin, *scope.regex));
    for (const std::string& name : names) wanted.emplace_back().topic = name;
  }
  for (TopicPartitions& topic : wanted) {
    if (topic.partitions.empty()) topic.partitions = scope.partitions;
  }
  return wanted;
}

// An end beyond the log is waited for: only where reading starts must exist.
Result<std::vector<std::int64_t>> resolve_until(AdminClient& admin,
                                                std::span<const TopicPartition> partitions,
                                                const Position& until, Isolation isolation) {
  if (until.anchor == Position::Anchor::kOffset) {
    return std::vector<std::int64_t>(partitions.size(), until.value);
  }
  TRY_ASSIGN(const auto rows, resolve_positions(admin, partitions, until, isolation));
  std::vector<std::int64_t> offsets;
  for (const ResolvedPosition& row : rows) offsets.push_back(row.offset);
  return offsets;
}

}  // namespace

Result<FromPosition> ValueType<FromPosition>::parse(std::string_view text,
                                                    const TimeContext& context) {
  if (text.find("..") != std::string_view::npos) {
    TRY_ASSIGN(PositionRange range, parse_position_range(text, context));
    return FromPosition{std::move(range)};
  }
  FromPosition from;
  TRY_ASSIGN(from.range.from, parse_position(text, context));
  return from;
}

Isolation isolation_of(const ClientConfig& config) {
  const auto found = config.properties.find("isolation.level");
  const bool all = found != config.properties.end() && found->second == "read_uncommitted";
  return all ? Isolation::kReadUncommitted : Isolation::kReadCommitted;
}

Result<std::vector<ReadRange>> plan_ranges(AdminClient& admin, const ReadScope& scope) {
  TRY_ASSIGN(const auto topics, wanted_topics(admin, scope));
  std::vector<TopicPartition> partitions;
  for (const TopicPartitions& topic : topics) {
    TRY_ASSIGN(const auto of_topic, partitions_of(admin, topic));
    for (const TopicPartition& at : of_topic) {
      if (std::ranges::find(partitions, at) == partitions.end()) partitions.push_back(at);
    }
  }
  TRY_ASSIGN(
      const auto starts,
      resolve_positions(admin, partitions, scope.from.value_or(Position{}), scope.isolation));
  std::vector<ReadRange> ranges;
  for (const ResolvedPosition& start : starts) ranges.push_back({start.at, start.offset, {}});
  if (scope.until) {
    TRY_ASSIGN(const auto ends, resolve_until(admin, partitions, *scope.until, scope.isolation));
    for (std::size_t i = 0; i < ranges.size(); ++i) ranges[i].end = ends[i];
  }
  return ranges;
}

Result<Backlog> Backlog::of(AdminClient& admin, ReadScope scope) {
  scope.from.reset();
  scope.until = Position{.anchor = Position::Anchor::kEnd};
  TRY_ASSIGN(const auto ranges, plan_ranges(admin, scope));
  Backlog backlog;
  for (const ReadRange& range : ranges) backlog.ends_[range.at] = *range.end;
  return backlog;
}

bool Backlog::contains(const RecordView& record) const {
  const auto end = ends_.find({std::string(record.topic), record.partition.value_or(-1)});
  return end != ends_.end() && record.offset.value_or(-1) < end->second;
}

std::optional<std::int64_t> offsets_between(const std::vector<ReadRange>& ranges) {
  std::int64_t total = 0;
  for (const ReadRange& range : ranges) {
    if (!range.end) return std::nullopt;
    total += std::max<std::int64_t>(0, *range.end - range.start);
  }
  return total;
}

// What RE2 has beside POSIX: (?…), classes and assertions such as \d and \b, repetition that takes
// little.
bool is_posix_pattern(std::string_view regex) {
  for (std::size_t i = 0; i + 1 < regex.size(); ++i) {
    const char next = regex[i + 1];
    if (regex[i] == '\\') {
      if (std::isalnum(static_cast<unsigned char>(next)) != 0) return false;
      ++i;
    } else if (next == '?' && std::string_view("(*+?}").find(regex[i]) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

Result<std::vector<std::string>> plan_subscription(AdminClient& admin, const ReadScope& scope) {
  TRY_ASSIGN(const auto topics, wanted_topics(admin, scope));
  std::vector<std::string> names;
  for (const TopicPartitions& topic : topics) names.push_back(topic.topic);
  TRY(require_topics(admin, names, AclOperation::kRead));
  if (!scope.regex || !is_posix_pattern(*scope.regex)) return names;
  // By pattern, so that topics which are made later come in as well.
  const std::string& regex = *scope.regex;
  return std::vector<std::string>{regex.starts_with('^') ? regex : "^.*(" + regex + ")"};
}

}  // namespace kreel::cli
