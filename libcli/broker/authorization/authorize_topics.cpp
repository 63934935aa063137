#include <map>
#include <optional>
#include <string>

#include "broker/authorization/authorize.hpp"

// Topics. Metadata, DescribeTopicPartitions, Produce and Fetch ask in their handlers, where pages,
// waits and sessions are.

namespace kreel::broker {

using protocol::ErrorCode;

bool authorize(Call<protocol::Metadata>&, RequestContext&) {
  return true;
}
bool authorize(Call<protocol::DescribeTopicPartitions>&, RequestContext&) {
  return true;
}
namespace {

/// By the flags of the batches, not by what the request says of itself (CVE-2018-17196).
bool has_transactional_batch(const protocol::ProduceRequest& request) {
  for (const auto& topic : request.topic_data) {
    for (const auto& data : topic.partition_data) {
      if (data.records.is_null() || data.records.size_bytes() == 0) continue;
      const auto header = protocol::read_batch_header(data.records.bytes());
      if (header && header->is_transactional()) return true;
    }
  }
  return false;
}

}  // namespace

/// Of a transactional batch without a transactional id the handler says what is wrong.
bool authorize(Call<protocol::Produce>& call, RequestContext& context) {
  const protocol::ProduceRequest& request = call.request;
  if (!request.transactional_id || !has_transactional_batch(request)) return true;
  const AccessRule& rule = rules::produce_transactional;
  if (context.access.may(rule, *request.transactional_id)) return true;
  if (request.acks != 0) return refuse(call, context, rule);
  call.close("a Produce with acks=0 is not authorized");
  return false;
}
bool authorize(Call<protocol::Fetch>&, RequestContext&) {
  return true;
}

bool authorize(Call<protocol::ListOffsets>& call, RequestContext& context) {
  return require_for_each(call, context, rules::list_offsets, &protocol::ListOffsetsRequest::topics,
                          &protocol::ListOffsetsResponse::topics, [&](const auto& topic) {
                            return context.access.may(rules::list_offsets, topic.name);
                          });
}

bool authorize(Call<protocol::OffsetForLeaderEpoch>& call, RequestContext& context) {
  if (context.access.may(rules::leader_epoch_any)) return true;
  return require_for_each(
      call, context, rules::leader_epoch, &protocol::OffsetForLeaderEpochRequest::topics,
      &protocol::OffsetForLeaderEpochResponse::topics,
      [&](const auto& topic) { return context.access.may(rules::leader_epoch, topic.topic); });
}

bool authorize(Call<protocol::DeleteRecords>& call, RequestContext& context) {
  return require_for_each(
      call, context, rules::delete_records, &protocol::DeleteRecordsRequest::topics,
      &protocol::DeleteRecordsResponse::topics,
      [&](const auto& topic) { return context.access.may(rules::delete_records, topic.name); });
}

bool authorize(Call<protocol::DescribeProducers>& call, RequestContext& context) {
  return require_for_each(
      call, context, rules::describe_producers, &protocol::DescribeProducersRequest::topics,
      &protocol::DescribeProducersResponse::topics,
      [&](const auto& topic) { return context.access.may(rules::describe_producers, topic.name); });
}

bool authorize(Call<protocol::CreatePartitions>& call, RequestContext& context) {
  return require_for_each(
      call, context, rules::create_partitions, &protocol::CreatePartitionsRequest::topics,
      &protocol::CreatePartitionsResponse::results,
      [&](const auto& topic) { return context.access.may(rules::create_partitions, topic.name); });
}

namespace {

/// Whoever may not see the settings of topics is told how the topic was made, and no more.
void hide_settings(protocol::CreateTopicsResponse& response, const Access& access) {
  for (auto& topic : response.topics) {
    if (topic.error_code != ErrorCode::NONE) continue;
    if (access.may(rules::create_topics_configs, topic.name)) continue;
    topic.topic_config_error_code = rules::create_topics_configs.error;
    topic.num_partitions = -1;
    topic.replication_factor = -1;
    topic.configs = std::nullopt;
  }
}

/// How often each key is asked for: what is named twice is refused by the handler, whoever asks.
template <class Items, class Key>
auto times_asked(const Items& items, const Key& key_of) {
  std::map<decltype(key_of(items.front())), int> times;
  for (const auto& item : items) ++times[key_of(item)];
  return times;
}

}  // namespace

bool authorize(Call<protocol::CreateTopics>& call, RequestContext& context) {
  const Access& access = context.access;
  call.before_reply([kept = access.kept()](protocol::CreateTopicsResponse& response) {
    hide_settings(response, kept);
  });
  if (access.may(rules::create_topics_any)) return true;
  const auto name_of = [](const auto& topic) { return topic.name; };
  auto times = times_asked(call.request.topics, name_of);
  return require_for_each(
      call, context, rules::create_topics, &protocol::CreateTopicsRequest::topics,
      &protocol::CreateTopicsResponse::topics, [&](const auto& topic) {
        return times[topic.name] > 1 || access.may(rules::create_topics, topic.name);
      });
}

namespace {

/// The rules of DeleteTopics, for one topic as it is asked for.
class TopicDeletion {
 public:
  TopicDeletion(const Access& access, std::shared_ptr<const catalog::Snapshot> snapshot)
      : access_(access), snapshot_(std::move(snapshot)) {}

  bool allows_name(const std::string& name) const {
    // Who may know that there is no such topic is told so.
    if (snapshot_->find(name) == nullptr && access_.may(rules::delete_topics_name, name)) {
      return true;
    }
    return access_.may(rules::delete_topics, name);
  }
  bool allows_id(const Uuid& id) const {
    const auto topic = snapshot_->find(id);
    return topic == nullptr || access_.may(rules::delete_topics, topic->name);
  }
  std::optional<std::string> name_to_tell(const Uuid& id) const {
    const auto topic = snapshot_->find(id);
    if (topic == nullptr || !access_.may(rules::delete_topics_name, topic->name)) return {};
    return topic->name;
  }

 private:
  const Access& access_;
  std::shared_ptr<const catalog::Snapshot> snapshot_;
};

}  // namespace

bool authorize(Call<protocol::DeleteTopics>& call, RequestContext& context) {
  constexpr protocol::Version kFirstDeletionWithIds = 6;
  if (context.access.may(rules::delete_topics_any)) return true;
  const TopicDeletion deletion(context.access, context.broker.catalog().snapshot());
  auto& request = call.request;
  if (context.version < kFirstDeletionWithIds) {
    auto times = times_asked(request.topic_names, [](const auto& name) { return name; });
    return require_for_each(
        call, context, rules::delete_topics, &protocol::DeleteTopicsRequest::topic_names,
        &protocol::DeleteTopicsResponse::responses,
        [&](const auto& name) { return times[name] > 1 || deletion.allows_name(name); });
  }
  const auto key_of = [](const auto& topic) { return std::pair(topic.name, topic.topic_id); };
  auto times = times_asked(request.topics, key_of);
  const auto allowed = [&](const auto& topic) {
    // With both or none of name and id the handler refuses it.
    const bool by_id = !topic.name.has_value();
    if (times[key_of(topic)] > 1 || by_id == topic.topic_id.is_zero()) return true;
    return by_id ? deletion.allows_id(topic.topic_id) : deletion.allows_name(*topic.name);
  };
  protocol::DeleteTopicsRequest refused;
  refused.topics = take_denied(request.topics, allowed);
  if (refused.topics.empty()) return true;
  for (auto& topic : refused.topics) {
    if (!topic.name) topic.name = deletion.name_to_tell(topic.topic_id);
  }
  return answer_beside(
      call, !request.topics.empty(),
      error_reply<protocol::DeleteTopics>(refused, context, rules::delete_topics.error),
      &protocol::DeleteTopicsResponse::responses);
}

}  // namespace kreel::broker
