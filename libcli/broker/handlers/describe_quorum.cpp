// DescribeQuorum, versions 0-2.
//   1: when replicas have fetched (KIP-836)   2: directories, nodes, messages (KIP-853)
// This node is its own controller. There is no log of metadata here, so its offsets and its epoch
// stay zero; and no listener of a controller, so the voter is where the client has reached it.

#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::DescribeQuorum;
using protocol::DescribeQuorumRequest;
using protocol::DescribeQuorumResponse;
using protocol::ErrorCode;

constexpr const char* kMetadataTopic = "__cluster_metadata";
constexpr protocol::Version kFirstQuorumWithNodes = 2;

bool is_about_metadata(const DescribeQuorumRequest& request) {
  return request.topics.size() == 1 && request.topics[0].topic_name == kMetadataTopic &&
         request.topics[0].partitions.size() == 1 &&
         request.topics[0].partitions[0].partition_index == 0;
}

void refuse_topics(Call<DescribeQuorum>& call) {
  DescribeQuorumResponse response;
  for (const auto& topic : call.request.topics) {
    auto& out = response.topics.emplace_back();
    out.topic_name = topic.topic_name;
    for (const auto& partition : topic.partitions) {
      auto& answer = out.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      answer.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      answer.error_message.emplace(kUnknownTopic);
    }
  }
  call.reply(response);
}

}  // namespace

void handle(Call<DescribeQuorum> call, RequestContext& context) {
  if (!is_about_metadata(call.request)) return refuse_topics(call);
  const BrokerAddress address = own_address(context);
  const std::int64_t now_ms = context.broker.clock().wall_ms();
  DescribeQuorumResponse response;
  auto& topic = response.topics.emplace_back();
  topic.topic_name = kMetadataTopic;
  auto& partition = topic.partitions.emplace_back();
  partition.leader_id = address.node_id;
  auto& voter = partition.current_voters.emplace_back();
  voter.replica_id = address.node_id;
  voter.last_fetch_timestamp = voter.last_caught_up_timestamp = now_ms;
  if (context.version >= kFirstQuorumWithNodes) {
    voter.replica_directory_id = context.broker.logs().directory_id();
    auto& node = response.nodes.emplace_back();
    node.node_id = address.node_id;
    node.listeners.push_back({.name = context.connection.listener_name,
                              .host = address.host,
                              .port = static_cast<std::uint16_t>(address.port)});
  }
  call.reply(response);
}

}  // namespace kreel::broker
