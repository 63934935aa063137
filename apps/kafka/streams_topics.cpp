#include "kafka/streams_topics.hpp"

#include <algorithm>
#include <array>

#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kByDuration = "by_duration:";
constexpr auto kInternalEnds = std::to_array<std::string_view>({"-changelog", "-repartition",
                                                                "-subscription-registration-topic",
                                                                "-subscription-response-topic"});
constexpr auto kForeignKeyJoins = std::to_array<std::string_view>(
    {"-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-", "-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-"});

// String.split(): empty parts at the end are no parts.
std::vector<std::string_view> java_split(std::string_view text, char separator) {
  auto parts = split(text, separator);
  while (!parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
}

tl::unexpected<JavaError> unparsable_plan(std::string message) {
  return thrown("java.text.ParseException", std::move(message), ErrorKind::kBadInput);
}

tl::unexpected<JavaError> not_a_number(std::string_view text) {
  return thrown("java.lang.NumberFormatException", fmt::format("For input string: \"{}\"", text),
                ErrorKind::kBadInput);
}

// NAME-KTABLE-FK-JOIN-SUBSCRIPTION-…-NUMBER-topic
bool is_foreign_key_join(std::string_view topic) {
  if (!topic.ends_with("-topic")) return false;
  topic.remove_suffix(6);
  const auto number = topic.find_last_not_of("0123456789") + 1;
  if (number == topic.size()) return false;
  topic = topic.substr(0, number);
  return std::ranges::any_of(kForeignKeyJoins, [&](std::string_view join) {
    return topic.ends_with(join) && topic.size() > join.size();
  });
}

}  // namespace

bool is_internal_streams_topic(std::string_view topic, std::string_view application) {
  if (!topic.starts_with(fmt::format("{}-", application))) return false;
  return is_foreign_key_join(topic) ||
         std::ranges::any_of(kInternalEnds,
                             [&](std::string_view end) { return topic.ends_with(end); });
}

Outcome<ResetPlan> parse_reset_plan(std::string_view text) {
  if (text.empty()) return unparsable_plan("Error parsing reset plan CSV file. It is empty,");
  ResetPlan plan;
  for (const std::string_view line : java_split(text, '\n')) {
    const auto cells = java_split(line, ',');
    if (cells.size() != 3) {
      return unparsable_plan(
          "Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.");
    }
    const auto partition = parse_int32(cells[1]);
    if (!partition) return not_a_number(cells[1]);
    const auto offset = parse_int64(cells[2]);
    if (!offset) return not_a_number(cells[2]);
    const TopicPartition at{std::string(cells[0]), *partition};
    if (!plan.offsets.contains(at)) plan.partitions.push_back(at);
    plan.offsets[at] = *offset;
  }
  return plan;
}

tl::unexpected<JavaError> null_offset() {
  return thrown("java.lang.NullPointerException",
                "Cannot invoke \"java.lang.Long.longValue()\" because the return value of "
                "\"java.util.Map.get(Object)\" is null",
                ErrorKind::kBadInput);
}

Outcome<OffsetSpec> reset_policy(std::string_view policy,
                                 const std::vector<TopicPartition>& partitions,
                                 std::int64_t now_ms) {
  if (policy == "earliest") return OffsetSpec::earliest();
  if (policy.starts_with(kByDuration)) {
    TRY_ASSIGN(const std::int64_t back_ms, iso_duration_ms(policy.substr(kByDuration.size())));
    return OffsetSpec::at_time(now_ms - back_ms);
  }
  if (policy != "none") return OffsetSpec::latest();
  std::vector<std::string> names;
  for (const TopicPartition& at : partitions) names.push_back(java_name(at));
  return thrown(
      "org.apache.kafka.clients.consumer.NoOffsetForPartitionException",
      fmt::format("Undefined offset with no reset policy for partitions: [{}]", join(names, ", ")),
      ErrorKind::kNotFound);
}

std::string java_name(const GroupMember& member) {
  std::vector<std::string> partitions;
  for (const TopicPartition& at : member.assignment) partitions.push_back(java_name(at));
  return fmt::format(
      "(memberId={}, groupInstanceId={}, rackId=null, clientId={}, host={}, "
      "assignment=(topicPartitions={}), targetAssignment=Optional.empty, memberEpoch=null, "
      "upgraded=null)",
      member.member_id, member.group_instance_id.value_or("null"), member.client_id,
      member.client_host, join(partitions, ","));
}

}  // namespace kreel::kafka_tools
