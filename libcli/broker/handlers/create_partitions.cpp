// CreatePartitions, versions 0-3.
//   2: flexible   3: THROTTLING_QUOTA_EXCEEDED

#include <map>

#include <fmt/core.h>

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/replica_assignment.hpp"

namespace kreel::broker {
namespace {

using catalog::ChangeResult;
using protocol::CreatePartitionsRequest;
using protocol::CreatePartitionsResponse;
using protocol::ErrorCode;
using Wanted = CreatePartitionsRequest::CreatePartitionsTopic;

constexpr protocol::Version kFirstAddWithQuotaError = 3;

ChangeResult check(const Wanted& wanted, const catalog::Topic* topic, BrokerId own_id) {
  if (topic == nullptr) {
    return {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, std::string(kUnknownTopic)};
  }
  if (topic->name == catalog::kConsumerOffsetsTopic) {
    return {ErrorCode::INVALID_REQUEST,
            "A group's offsets are found by the number of partitions, so it cannot change."};
  }
  if (topic->name == catalog::kTransactionStateTopic) {
    return {ErrorCode::INVALID_REQUEST,
            "A transaction's state is found by the number of partitions, so it cannot change."};
  }
  const auto present = static_cast<std::int32_t>(topic->partitions.size());
  if (wanted.count == present) {
    return {ErrorCode::INVALID_PARTITIONS,
            fmt::format("Topic already has {} partition(s).", present)};
  }
  if (wanted.count < present) {
    return {ErrorCode::INVALID_PARTITIONS,
            fmt::format("The topic {} currently has {} partition(s); {} would not be an increase.",
                        wanted.name, present, wanted.count)};
  }
  const std::int32_t added = wanted.count - present;
  if (static_cast<std::size_t>(added) > kNewPartitionsMax) {
    return {ErrorCode::POLICY_VIOLATION, std::string(kTooManyPartitions)};
  }
  if (!wanted.assignments) return {};
  if (wanted.assignments->size() != static_cast<std::size_t>(added)) {
    return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            fmt::format("Attempted to add {} additional partition(s), but only {} assignment(s) "
                        "were specified.",
                        added, wanted.assignments->size())};
  }
  for (const auto& assignment : *wanted.assignments) {
    if (auto result = check_replicas(assignment.broker_ids, own_id); !result.ok()) return result;
  }
  return {};
}

void create_partitions(Broker& broker, const CreatePartitionsRequest& request,
                       CreatePartitionsResponse& response, MutationPermits permits) {
  std::map<std::string_view, int> count_of_name;
  for (const Wanted& wanted : request.topics) ++count_of_name[wanted.name];
  for (const Wanted& wanted : request.topics) {
    int& count = count_of_name[wanted.name];
    if (count == 0) continue;  // a name that was answered as a duplicate
    ChangeResult result;
    if (count > 1) {
      result = {ErrorCode::INVALID_REQUEST, "Duplicate topic name."};
    } else {
      const auto topic = broker.catalog().snapshot()->find(wanted.name);
      result = check(wanted, topic.get(), broker.config().node_id);
      if (result.ok() &&
          !permits.take(static_cast<std::size_t>(wanted.count) - topic->partitions.size())) {
        result = {ErrorCode::THROTTLING_QUOTA_EXCEEDED, std::string(MutationPermits::kExceeded)};
      }
      if (result.ok() && !request.validate_only) {
        result = broker.catalog().create_partitions(wanted.name, wanted.count);
      }
    }
    count = 0;
    response.results.push_back({.name = wanted.name,
                                .error_code = result.error,
                                .error_message = reply_message(result.message)});
  }
}

}  // namespace

void handle(Call<protocol::CreatePartitions> call, RequestContext& context) {
  const MutationPermits permits{call.charge(), context.version >= kFirstAddWithQuotaError};
  answer_after(std::move(call), context,
               [permits](Broker& broker, const CreatePartitionsRequest& request,
                         CreatePartitionsResponse& response) {
                 create_partitions(broker, request, response, permits);
               });
}

}  // namespace kreel::broker
