// DeleteTopics, versions 1-6.
//   3: TOPIC_DELETION_DISABLED   4: flexible   5: messages,
//   THROTTLING_QUOTA_EXCEEDED   6: by name or by id

#include <map>
#include <set>

#include "broker/group_service.hpp"
#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::DeleteTopicsRequest;
using protocol::DeleteTopicsResponse;
using protocol::ErrorCode;
using DeleteResult = DeleteTopicsResponse::DeletableTopicResult;

constexpr protocol::Version kFirstVersionWithIds = 6;
constexpr protocol::Version kFirstVersionWithDisabledError = 3;
constexpr protocol::Version kFirstDeleteWithQuotaError = 5;

using Asked = DeleteTopicsRequest::DeleteTopicState;

std::vector<Asked> topics_asked_for(const DeleteTopicsRequest& request, protocol::Version version) {
  if (version >= kFirstVersionWithIds) return request.topics;
  std::vector<Asked> asked;
  for (const std::string& name : request.topic_names) asked.push_back({name, {}});
  return asked;
}

DeleteResult refused(const Asked& asked, ErrorCode error, std::string_view why) {
  DeleteResult result;
  result.name = asked.name;
  result.topic_id = asked.topic_id;
  result.error_code = error;
  result.error_message = reply_message(std::string(why));
  return result;
}

/// Either an answer, or a topic to delete, whose answer follows.
DeleteResult resolve(const Asked& asked, int times_asked, const catalog::Snapshot& snapshot) {
  const bool by_id = !asked.name.has_value();
  if (by_id && asked.topic_id.is_zero()) {
    return refused(asked, ErrorCode::INVALID_REQUEST, "Neither topic name nor id were specified.");
  }
  if (!by_id && !asked.topic_id.is_zero()) {
    return refused(asked, ErrorCode::INVALID_REQUEST,
                   "You may not specify both topic name and topic id.");
  }
  if (times_asked > 1) {
    return refused(asked, ErrorCode::INVALID_REQUEST,
                   by_id ? "Duplicate topic id." : "Duplicate topic name.");
  }
  const auto topic = by_id ? snapshot.find(asked.topic_id) : snapshot.find(*asked.name);
  if (topic == nullptr) {
    return by_id ? refused(asked, ErrorCode::UNKNOWN_TOPIC_ID, kUnknownTopicId)
                 : refused(asked, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, kUnknownTopic);
  }
  if (topic->name == catalog::kConsumerOffsetsTopic) {
    return refused(asked, ErrorCode::INVALID_TOPIC_EXCEPTION,
                   "The groups' offsets are in this topic, so it cannot be deleted.");
  }
  if (topic->name == catalog::kTransactionStateTopic) {
    return refused(asked, ErrorCode::INVALID_TOPIC_EXCEPTION,
                   "The state of transactions is in this topic, so it cannot be deleted.");
  }
  DeleteResult result;
  result.name = topic->name;
  result.topic_id = topic->id;
  return result;
}

void delete_topics(Broker& broker, const std::vector<Asked>& asked, DeleteTopicsResponse& response,
                   std::vector<std::string>& deleted, MutationPermits permits) {
  const auto snapshot = broker.catalog().snapshot();
  using Key = std::pair<std::optional<std::string>, Uuid>;
  std::map<Key, int> times_asked;
  for (const Asked& topic : asked) ++times_asked[Key{topic.name, topic.topic_id}];
  std::set<Key> answered;
  const auto is_asked_for_twice = [&](const DeleteResult& topic) {
    return times_asked.contains(Key{topic.name, Uuid()}) &&
           times_asked.contains(Key{std::nullopt, topic.topic_id});
  };
  std::vector<std::string> names;
  std::vector<std::size_t> places;
  for (const Asked& topic : asked) {
    const Key key{topic.name, topic.topic_id};
    if (!answered.insert(key).second) continue;
    DeleteResult& result = response.responses.emplace_back();
    result = resolve(topic, times_asked[key], *snapshot);
    if (result.error_code != ErrorCode::NONE) continue;
    if (is_asked_for_twice(result)) {
      if (!topic.name) {
        response.responses.pop_back();  // its name has the answer
      } else {
        result.error_code = ErrorCode::INVALID_REQUEST;
        result.error_message = "The provided topic name maps to an ID that was already supplied.";
      }
      continue;
    }
    if (!permits.take(snapshot->find(*result.name)->partitions.size())) {
      result.error_code = ErrorCode::THROTTLING_QUOTA_EXCEEDED;
      result.error_message = std::string(MutationPermits::kExceeded);
      continue;
    }
    names.push_back(*result.name);
    places.push_back(response.responses.size() - 1);
  }
  const auto results = broker.catalog().delete_topics(names);
  for (std::size_t i = 0; i < results.size(); ++i) {
    DeleteResult& result = response.responses[places[i]];
    result.error_code = results[i].error;
    result.error_message = reply_message(results[i].message);
    if (results[i].ok()) deleted.push_back(names[i]);
  }
}

void refuse_disabled(Call<protocol::DeleteTopics> call, protocol::Version version) {
  const ErrorCode error = version < kFirstVersionWithDisabledError
                              ? ErrorCode::INVALID_REQUEST
                              : ErrorCode::TOPIC_DELETION_DISABLED;
  DeleteTopicsResponse response;
  for (const Asked& topic : topics_asked_for(call.request, version)) {
    response.responses.push_back(refused(topic, error, "Topic deletion is disabled."));
  }
  call.reply(response);
}

}  // namespace

void handle(Call<protocol::DeleteTopics> call, RequestContext& context) {
  if (!context.broker.config().delete_topic_enable) {
    return refuse_disabled(std::move(call), context.version);
  }
  struct Work {
    Call<protocol::DeleteTopics> call;
    std::vector<Asked> asked;
    DeleteTopicsResponse response;
    std::vector<std::string> deleted;
  };
  auto asked = topics_asked_for(call.request, context.version);
  const MutationPermits permits{call.charge(), context.version >= kFirstDeleteWithQuotaError};
  auto work = std::make_shared<Work>(Work{std::move(call), std::move(asked), {}, {}});
  Broker& broker = context.broker;
  IoThread& io = context.io;
  broker.run_blocking(
      [work, &broker, permits] {
        delete_topics(broker, work->asked, work->response, work->deleted, permits);
      },
      io,
      [work, &broker, &io] {
        if (!work->deleted.empty()) broker.groups().topics_deleted(io, work->deleted);
        work->call.reply(work->response);
      });
}

}  // namespace kreel::broker
