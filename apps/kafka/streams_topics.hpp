#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>

#include "kafka/offset_targets.hpp"

// What kafka-streams-application-reset knows of topics, offsets and members.

namespace kreel::kafka_tools {

// Whether Kafka Streams has made this topic for the application, by its name.
bool is_internal_streams_topic(std::string_view topic, std::string_view application);

// "topic,partition,offset" in each line.
struct ResetPlan {
  std::vector<TopicPartition> partitions;  // as in the file
  OffsetMap offsets;
};
Outcome<ResetPlan> parse_reset_plan(std::string_view text);
// What Java throws where plan and topics do not have the same partitions.
tl::unexpected<JavaError> null_offset();

// Where a consumer with this auto.offset.reset begins; an exception that names `partitions` for
// "none".
Outcome<OffsetSpec> reset_policy(std::string_view policy,
                                 const std::vector<TopicPartition>& partitions,
                                 std::int64_t now_ms);

// MemberDescription.toString()
std::string java_name(const GroupMember& member);

}  // namespace kreel::kafka_tools
