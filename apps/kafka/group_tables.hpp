#pragma once

#include <string>
#include <vector>

#include <kreel/admin.hpp>

#include "kafka/tool.hpp"

namespace kreel::kafka_tools {

// A column of the tables of kafka-consumer-groups: at least so wide, and as wide as its longest
// cell where that counts.
struct PaddedColumn {
  std::string name;
  std::size_t width_min = 0;  // 0: not padded
  bool grows = false;
};
// Each line begins with a line feed, cells are parted by a blank, and one line feed ends it all.
std::string padded_table(const std::vector<PaddedColumn>& columns,
                         const std::vector<std::vector<std::string>>& rows);

// kafka-consumer-groups --describe and --reset-offsets.
Outcome<Ending> describe_consumer_groups(const Options& options, AdminClient& admin,
                                         ToolContext& context);
Outcome<Ending> reset_group_offsets(const Options& options, AdminClient& admin,
                                    ToolContext& context);
// --group, several of them, or all groups of consumers.
Outcome<std::vector<std::string>> wanted_groups(const Options& options, AdminClient& admin);
// "t" is all partitions of the topic, "t:0,1" those.
Outcome<std::vector<TopicPartition>> partitions_of_scope(const std::vector<std::string>& texts,
                                                         AdminClient& admin);

}  // namespace kreel::kafka_tools
