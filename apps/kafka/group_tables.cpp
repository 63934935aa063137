#include "kafka/group_tables.hpp"

#include <algorithm>

#include <kreel/text.hpp>

namespace kreel::kafka_tools {

std::string padded_table(const std::vector<PaddedColumn>& columns,
                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t width = columns[i].width_min;
    if (columns[i].grows) {
      for (const auto& row : rows) width = std::max(width, row[i].size());
    }
    widths.push_back(width);
  }
  std::string text;
  const auto add_line = [&](const auto& cell_of) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text += fmt::format("{}{:<{}}", i == 0 ? "\n" : " ", cell_of(i), widths[i]);
    }
  };
  add_line([&](std::size_t i) { return columns[i].name; });
  for (const auto& row : rows) add_line([&](std::size_t i) { return row[i]; });
  return text + "\n";
}

Outcome<std::vector<std::string>> wanted_groups(const Options& options, AdminClient& admin) {
  if (!options.has("all-groups")) return options.values("group");
  TRY_ASSIGN(const GroupList list, in_java(admin.list_groups({}), "listGroups"));
  std::vector<std::string> names;
  for (const GroupListing& group : list.groups) {
    const bool is_consumer = group.protocol_type == "consumer" || group.protocol_type.empty();
    if (is_consumer) names.push_back(group.group);
  }
  return names;
}

Outcome<std::vector<TopicPartition>> partitions_of_scope(const std::vector<std::string>& texts,
                                                         AdminClient& admin) {
  std::vector<TopicPartition> partitions;
  std::vector<std::string> whole;
  for (const std::string& text : texts) {
    const auto colon = text.find(':');
    if (text.empty()) {
      return thrown("org.apache.kafka.common.errors.InvalidTopicException",
                    "The given topic name '' cannot be represented in a request.",
                    ErrorKind::kUsage);
    }
    if (colon == std::string::npos) {
      whole.push_back(text);
      continue;
    }
    // Java's split() drops an empty end.
    std::string_view numbers = std::string_view(text).substr(colon + 1);
    while (numbers.ends_with(':')) numbers.remove_suffix(1);
    if (numbers.empty() || colon == 0) {
      return usage_exit(
          fmt::format("Invalid topic arg '{}', expected topic name and partitions", text));
    }
    for (const std::string_view number : split(numbers, ',')) {
      const auto partition = parse_int32(number);
      if (!partition) {
        return usage_exit(
            fmt::format("Invalid partition '{}' specified in topic arg '{}''", number, text));
      }
      partitions.push_back({text.substr(0, colon), *partition});
    }
  }
  if (whole.empty()) return partitions;
  TRY_ASSIGN(const auto topics, in_java(admin.describe_topics(whole), "describeTopics"));
  for (const TopicInfo& topic : topics) {
    if (topic.error) return tl::unexpected(java_error(*topic.error));
    for (const PartitionInfo& partition : topic.partitions) {
      partitions.push_back({topic.name, partition.partition});
    }
  }
  return partitions;
}

}  // namespace kreel::kafka_tools
