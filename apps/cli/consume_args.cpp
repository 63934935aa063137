#include "cli/consume_args.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <kreel/text.hpp>

#include "cli/record_format.hpp"
#include "cli/resolve_positions.hpp"
#include "cli/usage.hpp"

namespace kreel::cli {

std::vector<std::string> priority_of(const ConsumeArgs& args) {
  std::vector<std::string> topics;
  if (!args.priority) return topics;
  for (const std::string_view topic : split(*args.priority, ',')) topics.emplace_back(trim(topic));
  return topics;
}

ReadScope scope_of(const ConsumeArgs& args) {
  ReadScope scope;
  scope.topics = args.topics;
  for (const std::string& topic : priority_of(args)) {
    const bool named = std::ranges::any_of(
        args.topics, [&](const TopicPartitions& one) { return one.topic == topic; });
    if (!named) scope.topics.push_back({topic, {}});
  }
  scope.regex = args.regex;
  scope.partitions = args.partitions;
  scope.until = args.until;
  if (args.from) {
    scope.from = args.from->range.from;
    if (args.from->range.until) scope.until = args.from->range.until;
  }
  return scope;
}

RecordFilterArgs filter_of(const ConsumeArgs& args) {
  return {.key = args.key, .value = args.value, .headers = args.headers, .where = args.where};
}

namespace {

Result<void> check_group(const ConsumeArgs& args) {
  const ReadScope scope = scope_of(args);
  const bool names_partitions =
      !args.partitions.empty() ||
      std::ranges::any_of(args.topics, [](const auto& topic) { return !topic.partitions.empty(); });
  if (!args.group) {
    if (args.commit || args.no_commit) return usage("--commit and --no-commit need -g GROUP");
    if (scope.from && scope.from->anchor == Position::Anchor::kCommitted) {
      return usage("--from committed needs -g GROUP");
    }
    return {};
  }
  if (args.group->empty()) return usage("-g: the group's name is empty");
  if (names_partitions) {
    return usage("partitions cannot be chosen with -g: the group assigns them",
                 "leave out -g to read partitions of your choice");
  }
  if (scope.from && *scope.from != Position{.anchor = Position::Anchor::kCommitted}) {
    return usage(fmt::format("--from {} with -g: a group goes on where it has committed",
                             to_string(*scope.from)),
                 fmt::format("kreel offsets reset {} --to {} moves the group", *args.group,
                             to_string(*scope.from)));
  }
  return {};
}

Result<void> check_partitions(const ConsumeArgs& args) {
  const auto both = std::ranges::find_if(
      args.topics, [](const TopicPartitions& topic) { return !topic.partitions.empty(); });
  if (args.partitions.empty() || both == args.topics.end()) return {};
  return usage(fmt::format("-p: {} names its partitions already", both->topic),
               "-p is for the topics that name none");
}

Result<void> check_priority(const ConsumeArgs& args) {
  std::vector<std::string> topics = priority_of(args);
  if (std::ranges::find(topics, "") != topics.end()) {
    return usage("--priority: a topic's name is empty", "--priority high,low");
  }
  std::ranges::sort(topics);
  const auto twice = std::ranges::adjacent_find(topics);
  if (twice != topics.end()) return usage(fmt::format("--priority: {} is named twice", *twice));
  return {};
}

Result<void> check_exec(const ConsumeArgs& args) {
  if (!args.exec) {
    const std::array<std::pair<bool, const char*>, 6> needing{
        {{args.workers.has_value(), "--workers"},
         {args.persistent, "--persistent"},
         {args.retries.has_value(), "--retries"},
         {args.backoff.has_value(), "--backoff"},
         {args.exec_timeout.has_value(), "--exec-timeout"},
         {args.dead_letter.has_value(), "--dead-letter"}}};
    for (const auto& [given, name] : needing) {
      if (given) return usage(fmt::format("{} needs --exec CMD", name));
    }
    return {};
  }
  if (trim(*args.exec).empty()) return usage("--exec: the command is empty");
  if (args.format) return usage("-f and --exec: the command prints what is printed");
  if (args.exec_timeout && args.exec_timeout->count() == 0) {
    return usage("--exec-timeout: no command ends in 0");
  }
  if (!args.dead_letter) return {};
  const ReadScope scope = scope_of(args);
  const auto reads = std::ranges::find(scope.topics, *args.dead_letter, &TopicPartitions::topic);
  bool is_read = reads != scope.topics.end();
  if (args.regex) {
    TRY_ASSIGN(const Pattern pattern, Pattern::compile(*args.regex));
    is_read = pattern.matches(*args.dead_letter);
  }
  if (is_read) return usage("--dead-letter: it would read its own dead letters");
  return {};
}

}  // namespace

Result<void> check_consume(const ConsumeArgs& args) {
  if (args.topics.empty() && !args.regex && !args.priority) {
    return usage("no topic", "name one, or --regex RE");
  }
  TRY(check_partitions(args));
  TRY(check_priority(args));
  TRY(check_exec(args));
  if (!args.topics.empty() && args.regex) return usage("topics and --regex: give one of them");
  if (args.from && args.from->range.until && args.until) {
    return usage("--until: --from has an end already");
  }
  const ReadScope scope = scope_of(args);
  if (scope.until && scope.until->anchor == Position::Anchor::kCommitted) {
    return usage("--until committed: that end moves as the group reads");
  }
  TRY(check_order(scope.from, scope.until));
  TRY(check_group(args));
  if (args.format) TRY(RecordFormat::parse(*args.format));
  if (args.regex) TRY(Pattern::compile(*args.regex));
  return {};
}

}  // namespace kreel::cli
