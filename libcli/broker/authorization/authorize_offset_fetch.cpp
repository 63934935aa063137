#include <map>
#include <string>

#include "broker/authorization/authorize.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::OffsetFetchRequest;
using protocol::OffsetFetchResponse;
using AnsweredTopic = OffsetFetchResponse::OffsetFetchResponseTopics;
using AskedGroup = OffsetFetchRequest::OffsetFetchRequestGroup;

constexpr protocol::Version kFirstOffsetFetchOfGroups = 8;

/// Without an offset, with the error, in the form of either group of versions.
template <class Answer, class Asked>
Answer refused_offsets(const Asked& asked) {
  Answer answer;
  answer.name = asked.name;
  if constexpr (requires { answer.topic_id; }) answer.topic_id = asked.topic_id;
  for (const PartitionId partition : asked.partition_indexes) {
    auto& out = answer.partitions.emplace_back();
    out.partition_index = partition;
    out.committed_offset = -1;
    out.error_code = rules::offset_fetch.error;
  }
  return answer;
}

bool authorize_one_group(Call<protocol::OffsetFetch>& call, RequestContext& context) {
  if (!require(call, context, rules::offset_fetch_group, call.request.group_id)) return false;
  if (!call.request.topics) {
    call.before_reply([access = context.access.kept()](OffsetFetchResponse& response) {
      std::erase_if(response.topics, [&](const auto& topic) {
        return !access.may(rules::offset_fetch_all, topic.name);
      });
    });
    return true;
  }
  std::vector<OffsetFetchResponse::OffsetFetchResponseTopic> refused;
  for (const auto& topic : take_denied(*call.request.topics, [&](const auto& asked) {
         return context.access.may(rules::offset_fetch, asked.name);
       })) {
    refused.push_back(refused_offsets<OffsetFetchResponse::OffsetFetchResponseTopic>(topic));
  }
  call.before_reply([refused = std::move(refused)](OffsetFetchResponse& response) {
    if (response.error_code == ErrorCode::NONE) append_to(response.topics, refused);
  });
  return true;
}

/// What is known of the groups of one request before the handler answers.
struct AuthorizedGroups {
  Access access;
  std::shared_ptr<const catalog::Snapshot> snapshot;
  std::map<std::string, std::vector<AnsweredTopic>> refused_topics;
  std::vector<OffsetFetchResponse::OffsetFetchResponseGroup> refused;

  const std::string* name_of(const std::string& name, const Uuid& id) const {
    return name.empty() ? topic_name_of(name, id, *snapshot) : &name;
  }
  void split(AskedGroup& group) {
    if (!group.topics) return;
    auto& refusals = refused_topics[group.group_id];
    for (const auto& topic : take_denied(*group.topics, [&](const auto& asked) {
           const std::string* name = topic_name_of(asked.name, asked.topic_id, *snapshot);
           return name == nullptr || access.may(rules::offset_fetch, *name);
         })) {
      refusals.push_back(refused_offsets<AnsweredTopic>(topic));
    }
  }
  void complete(OffsetFetchResponse& response) const {
    for (auto& group : response.groups) {
      if (group.error_code != ErrorCode::NONE) continue;
      std::erase_if(group.topics, [&](const auto& topic) {
        const std::string* name = name_of(topic.name, topic.topic_id);
        return name != nullptr && !access.may(rules::offset_fetch_all, *name);
      });
      const auto refusals = refused_topics.find(group.group_id);
      if (refusals != refused_topics.end()) append_to(group.topics, refusals->second);
    }
    append_to(response.groups, refused);
  }
};

}  // namespace

bool authorize(Call<protocol::OffsetFetch>& call, RequestContext& context) {
  if (context.version < kFirstOffsetFetchOfGroups) return authorize_one_group(call, context);
  AuthorizedGroups groups{context.access.kept(), context.broker.catalog().snapshot(), {}, {}};
  OffsetFetchRequest refused;
  refused.groups = take_denied(call.request.groups, [&](const auto& group) {
    return context.access.may(rules::offset_fetch_group, group.group_id);
  });
  groups.refused =
      error_reply<protocol::OffsetFetch>(refused, context, rules::offset_fetch_group.error).groups;
  if (call.request.groups.empty() && !groups.refused.empty()) {
    OffsetFetchResponse response;
    response.groups = std::move(groups.refused);
    call.reply(response);
    return false;
  }
  for (AskedGroup& group : call.request.groups) groups.split(group);
  call.before_reply(
      [groups = std::move(groups)](OffsetFetchResponse& response) { groups.complete(response); });
  return true;
}

}  // namespace kreel::broker
