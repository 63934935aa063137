// DescribeTopicPartitions, version 0 (KIP-966): topics in the order of their names, page by page.

#include <algorithm>
#include <set>

#include "broker/handlers/admin_common.hpp"
#include "catalog/validation.hpp"

namespace kreel::broker {
namespace {

using protocol::DescribeTopicPartitionsRequest;
using protocol::DescribeTopicPartitionsResponse;
using protocol::ErrorCode;
using DescribedTopic = DescribeTopicPartitionsResponse::DescribeTopicPartitionsResponseTopic;

/// A page that fills until its limit, then says where the next one begins.
class Page {
 public:
  Page(DescribeTopicPartitionsResponse& response, std::int32_t limit, const RequestContext& context)
      : response_(response),
        remaining_(static_cast<std::size_t>(limit)),
        own_id_(context.broker.config().node_id),
        access_(context.access) {}

  /// False when the page is full.
  bool add(const catalog::Topic& topic, PartitionId first) {
    if (!has_room_for(topic.name)) return false;
    DescribedTopic answer;
    answer.name = topic.name;
    answer.topic_id = topic.id;
    answer.is_internal = topic.is_internal;
    answer.topic_authorized_operations = access_.operations(AclResource::kTopic, topic.name);
    const std::size_t count = topic.partitions.size();
    const std::size_t begin = std::min(static_cast<std::size_t>(first), count);
    const std::size_t end = begin + std::min(count - begin, remaining_);
    for (std::size_t p = begin; p < end; ++p) {
      auto& partition = answer.partitions.emplace_back();
      partition.partition_index = static_cast<PartitionId>(p);
      partition.leader_id = own_id_;
      partition.leader_epoch = topic.partitions[p]->leader_epoch();
      partition.replica_nodes = {own_id_};
      partition.isr_nodes = {own_id_};
      partition.eligible_leader_replicas.emplace();
      partition.last_known_elr.emplace();
    }
    remaining_ -= end - begin;
    response_.topics.push_back(std::move(answer));
    if (end == count) return true;
    response_.next_cursor = {.topic_name = topic.name,
                             .partition_index = static_cast<PartitionId>(end)};
    return false;
  }

  bool add_unknown(const std::string& name) {
    if (!has_room_for(name)) return false;
    DescribedTopic answer;
    answer.name = name;
    answer.error_code = catalog::problem_with_topic_name(name)
                            ? ErrorCode::INVALID_TOPIC_EXCEPTION
                            : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    answer.is_internal = catalog::is_internal_topic(name);
    response_.topics.push_back(std::move(answer));
    return true;
  }

 private:
  bool has_room_for(const std::string& name) {
    if (remaining_ > 0) return true;
    response_.next_cursor = {.topic_name = name, .partition_index = 0};
    return false;
  }

  DescribeTopicPartitionsResponse& response_;
  std::size_t remaining_;
  BrokerId own_id_;
  const Access& access_;
};

bool is_well_formed(const DescribeTopicPartitionsRequest& request) {
  if (!request.cursor) return true;
  if (request.cursor->partition_index < 0) return false;
  return request.topics.empty() || std::ranges::any_of(request.topics, [&](const auto& topic) {
           return topic.name == request.cursor->topic_name;
         });
}

void refuse_all(const DescribeTopicPartitionsRequest& request,
                DescribeTopicPartitionsResponse& response) {
  for (const auto& topic : request.topics) {
    DescribedTopic answer;
    answer.name = topic.name;
    answer.error_code = ErrorCode::INVALID_REQUEST;
    response.topics.push_back(std::move(answer));
  }
}

}  // namespace

void handle(Call<protocol::DescribeTopicPartitions> call, RequestContext& context) {
  const DescribeTopicPartitionsRequest& request = call.request;
  DescribeTopicPartitionsResponse response;
  if (!is_well_formed(request)) {
    refuse_all(request, response);
    return call.reply(response);
  }
  const catalog::BrokerConfig& config = context.broker.config();
  const auto snapshot = context.broker.catalog().snapshot();
  Page page(response,
            std::max(1, std::min(config.max_request_partition_size_limit,
                                 request.response_partition_limit)),
            context);
  const std::string from = request.cursor ? request.cursor->topic_name : std::string();
  const auto first_partition = [&](const std::string& name) {
    return request.cursor && name == from ? request.cursor->partition_index : 0;
  };
  if (request.topics.empty()) {
    for (auto it = snapshot->topics().lower_bound(from); it != snapshot->topics().end(); ++it) {
      if (!context.access.may(rules::describe_partitions_all, it->first)) continue;
      if (!page.add(*it->second, first_partition(it->first))) break;
    }
    return call.reply(response);
  }
  std::set<std::string> names;
  for (const auto& topic : request.topics) {
    if (topic.name >= from) names.insert(topic.name);
  }
  // Whether they exist is not even looked up.
  std::vector<std::string> denied;
  for (const std::string& name : names) {
    if (!context.access.may(rules::describe_partitions, name)) {
      denied.push_back(name);
      continue;
    }
    const auto topic = snapshot->find(name);
    const bool goes_on =
        topic != nullptr ? page.add(*topic, first_partition(name)) : page.add_unknown(name);
    if (!goes_on) break;
  }
  for (std::string& name : denied) {
    auto& answer = response.topics.emplace_back();
    answer.error_code = rules::describe_partitions.error;
    answer.name = std::move(name);
  }
  call.reply(response);
}

}  // namespace kreel::broker
