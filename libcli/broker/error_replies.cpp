#include "broker/error_replies.hpp"

#include "broker/broker.hpp"
#include "broker/handlers/admin_common.hpp"
#include "protocol/all_messages.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::Version;
using namespace protocol;  // all messages

constexpr Version kFirstJoinWithNullProtocol = 7;
constexpr Version kFirstFindWithCoordinators = 4;
constexpr Version kFirstOffsetFetchWithGroups = 8;
constexpr Version kFirstDeleteWithTopicStates = 6;
constexpr Version kFirstLogDirsWithError = 3;
constexpr Version kFirstAddWithManyTransactions = 4;
constexpr Version kFirstElectionWithError = 1;

/// What one API's error is made of. The request is the decoded one.
template <class Api>
struct ErrorReply {
  const typename Api::Request& request;
  RequestContext& context;
  ErrorCode error;
  typename Api::Response& response;
};

/// What Kafka writes beside a denial; where it is about one item of a request, it writes nothing.
std::optional<std::string> text_of(ErrorCode error) {
  switch (error) {
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
      return "Group authorization failed.";
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED:
      return "Cluster authorization failed.";
    case ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return "Transactional Id authorization failed.";
    default:
      return std::nullopt;
  }
}

/// Most APIs that only have one error at the top, with a text or without.
template <class Api>
requires requires(typename Api::Response r) {
  r.error_code;
}
void fill(ErrorReply<Api>& reply) {
  reply.response.error_code = reply.error;
  if constexpr (requires { reply.response.error_message; }) {
    reply.response.error_message = text_of(reply.error);
  }
}

void fill(ErrorReply<Produce>& reply) {
  for (const auto& topic : reply.request.topic_data) {
    auto& answer = reply.response.responses.emplace_back();
    answer.name = topic.name;
    answer.topic_id = topic.topic_id;
    for (const auto& partition : topic.partition_data) {
      auto& out = answer.partition_responses.emplace_back();
      out.index = partition.index;
      out.error_code = reply.error;
      out.base_offset = -1;
    }
  }
}

bool concerns_the_session(ErrorCode error) {
  switch (error) {
    case ErrorCode::FETCH_SESSION_ID_NOT_FOUND:
    case ErrorCode::INVALID_FETCH_SESSION_EPOCH:
    case ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR:
      return true;
    default:
      return false;
  }
}

/// For all partitions of the session: an incremental request names only what has changed.
void fill(ErrorReply<Fetch>& reply) {
  if (concerns_the_session(reply.error)) {
    reply.response.error_code = reply.error;
    return;
  }
  Broker& broker = reply.context.broker;
  const auto opened = broker.fetch_sessions().open(reply.request, reply.context.version,
                                                   broker.clock().monotonic_ms());
  reply.response.error_code = opened.error;
  if (opened.session != nullptr) reply.response.session_id = opened.session->id();
  for (const FetchTarget& target : opened.targets) {
    auto& topics = reply.response.responses;
    if (topics.empty() || topics.back().topic != target.topic ||
        topics.back().topic_id != target.topic_id) {
      auto& topic = topics.emplace_back();
      topic.topic = target.topic;
      topic.topic_id = target.topic_id;
    }
    auto& out = topics.back().partitions.emplace_back();
    out.partition_index = target.partition;
    out.error_code = reply.error;
    out.high_watermark = -1;
    out.records = Records::empty();
  }
}

void fill(ErrorReply<ListOffsets>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& answer = reply.response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& out = answer.partitions.emplace_back();
      out.partition_index = partition.partition_index;
      out.error_code = reply.error;
    }
  }
}

/// The brokers stay known: without them a client could not ask again.
void fill(ErrorReply<Metadata>& reply) {
  const BrokerAddress address = own_address(reply.context);
  MetadataResponse& response = reply.response;
  response.brokers.push_back({.node_id = address.node_id,
                              .host = address.host,
                              .port = address.port,
                              .rack = address.rack});
  response.cluster_id = reply.context.broker.logs().cluster_id();
  response.controller_id = address.node_id;
  const auto add = [&](std::optional<std::string> name, const Uuid& id) {
    auto& out = response.topics.emplace_back();
    out.error_code = reply.error;
    out.name = std::move(name);
    out.topic_id = id;
  };
  const auto& asked = reply.request.topics;
  const bool all = !asked || (reply.context.version == 0 && asked->empty());
  if (!all) {
    for (const auto& topic : *asked) add(topic.name, topic.topic_id);
    return;
  }
  const auto snapshot = reply.context.broker.catalog().snapshot();
  for (const auto& [name, topic] : snapshot->topics()) {
    if (reply.context.access.may(rules::metadata_all, name)) add(name, topic->id);
  }
}

void fill(ErrorReply<OffsetCommit>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& answer = reply.response.topics.emplace_back();
    answer.name = topic.name;
    answer.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      auto& out = answer.partitions.emplace_back();
      out.partition_index = partition.partition_index;
      out.error_code = reply.error;
    }
  }
}

/// Versions below 2 have partitions alone, 2 to 7 an error at the top, 8 and later one per group.
void fill(ErrorReply<OffsetFetch>& reply) {
  if (reply.context.version >= kFirstOffsetFetchWithGroups) {
    for (const auto& group : reply.request.groups) {
      auto& out = reply.response.groups.emplace_back();
      out.group_id = group.group_id;
      out.error_code = reply.error;
    }
    return;
  }
  reply.response.error_code = reply.error;
  if (reply.context.version >= 2 || !reply.request.topics) return;
  for (const auto& topic : *reply.request.topics) {
    auto& answer = reply.response.topics.emplace_back();
    answer.name = topic.name;
    for (const PartitionId partition : topic.partition_indexes) {
      auto& out = answer.partitions.emplace_back();
      out.partition_index = partition;
      out.committed_offset = -1;
      out.error_code = reply.error;
    }
  }
}

void fill(ErrorReply<FindCoordinator>& reply) {
  FindCoordinatorResponse& response = reply.response;
  if (reply.context.version < kFirstFindWithCoordinators) {
    response.error_code = reply.error;
    response.error_message = text_of(reply.error);
    response.node_id = response.port = -1;
    return;
  }
  for (const std::string& key : reply.request.coordinator_keys) {
    auto& out = response.coordinators.emplace_back();
    out.key = key;
    out.node_id = out.port = -1;
    out.error_code = reply.error;
  }
}

void fill(ErrorReply<JoinGroup>& reply) {
  reply.response.error_code = reply.error;
  reply.response.member_id = reply.request.member_id;
  if (reply.context.version >= kFirstJoinWithNullProtocol) {
    reply.response.protocol_name = std::nullopt;
  }
}

void fill(ErrorReply<DescribeGroups>& reply) {
  for (const std::string& group : reply.request.groups) {
    auto& out = reply.response.groups.emplace_back();
    out.group_id = group;
    out.error_code = reply.error;
  }
}

void fill(ErrorReply<CreateTopics>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& out = reply.response.topics.emplace_back();
    out.name = topic.name;
    out.error_code = reply.error;
    out.error_message = std::nullopt;
  }
}

void fill(ErrorReply<DeleteTopics>& reply) {
  const auto add = [&](std::optional<std::string> name, const Uuid& id) {
    auto& out = reply.response.responses.emplace_back();
    out.name = std::move(name);
    out.topic_id = id;
    out.error_code = reply.error;
  };
  if (reply.context.version < kFirstDeleteWithTopicStates) {
    for (const std::string& name : reply.request.topic_names) add(name, {});
    return;
  }
  for (const auto& topic : reply.request.topics) add(topic.name, topic.topic_id);
}

void fill(ErrorReply<DeleteRecords>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& answer = reply.response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& out = answer.partitions.emplace_back();
      out.partition_index = partition.partition_index;
      out.low_watermark = -1;
      out.error_code = reply.error;
    }
  }
}

void fill(ErrorReply<InitProducerId>& reply) {
  reply.response.error_code = reply.error;
  reply.response.producer_id = -1;
  reply.response.producer_epoch = -1;
}

void fill(ErrorReply<AddPartitionsToTxn>& reply) {
  if (reply.context.version >= kFirstAddWithManyTransactions) {
    reply.response.error_code = reply.error;
    return;
  }
  for (const auto& topic : reply.request.v3_and_below_topics) {
    auto& answer = reply.response.results_by_topic_v3_and_below.emplace_back();
    answer.name = topic.name;
    for (const PartitionId partition : topic.partitions) {
      answer.results_by_partition.push_back({partition, reply.error});
    }
  }
}

void fill(ErrorReply<TxnOffsetCommit>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& answer = reply.response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) {
      answer.partitions.push_back({partition.partition_index, reply.error});
    }
  }
}

void fill(ErrorReply<DescribeTransactions>& reply) {
  for (const std::string& id : reply.request.transactional_ids) {
    auto& out = reply.response.transaction_states.emplace_back();
    out.transactional_id = id;
    out.error_code = reply.error;
  }
}

void fill(ErrorReply<OffsetForLeaderEpoch>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& answer = reply.response.topics.emplace_back();
    answer.topic = topic.topic;
    for (const auto& partition : topic.partitions) {
      auto& out = answer.partitions.emplace_back();
      out.partition = partition.partition;
      out.error_code = reply.error;
    }
  }
}

template <class Resources, class Answers>
void refuse_resources(const Resources& resources, ErrorCode error, Answers& answers) {
  for (const auto& resource : resources) {
    auto& out = answers.emplace_back();
    out.resource_type = resource.resource_type;
    out.resource_name = resource.resource_name;
    out.error_code = error;
    out.error_message = std::nullopt;
  }
}

void fill(ErrorReply<DescribeConfigs>& reply) {
  refuse_resources(reply.request.resources, reply.error, reply.response.results);
}
void fill(ErrorReply<AlterConfigs>& reply) {
  refuse_resources(reply.request.resources, reply.error, reply.response.responses);
}
void fill(ErrorReply<IncrementalAlterConfigs>& reply) {
  refuse_resources(reply.request.resources, reply.error, reply.response.responses);
}

void fill(ErrorReply<DescribeLogDirs>& reply) {
  if (reply.context.version >= kFirstLogDirsWithError) {
    reply.response.error_code = reply.error;
    return;
  }
  auto& out = reply.response.results.emplace_back();
  out.log_dir = reply.context.broker.logs().directory();
  out.error_code = reply.error;
}

void fill(ErrorReply<AlterReplicaLogDirs>& reply) {
  for (const auto& directory : reply.request.dirs) {
    for (const auto& topic : directory.topics) {
      auto& out = reply.response.results.emplace_back();
      out.topic_name = topic.name;
      for (const PartitionId index : topic.partitions) {
        out.partitions.push_back({index, reply.error});
      }
    }
  }
}

/// Versions that have one tell the error at the top, too.
void fill(ErrorReply<ElectLeaders>& reply) {
  if (reply.context.version >= kFirstElectionWithError) reply.response.error_code = reply.error;
  if (!reply.request.topic_partitions) return;
  for (const auto& topic : *reply.request.topic_partitions) {
    auto& out = reply.response.replica_election_results.emplace_back();
    out.topic = topic.topic;
    for (const PartitionId partition : topic.partitions) {
      out.partition_result.push_back({partition, reply.error, std::nullopt});
    }
  }
}

void fill(ErrorReply<AlterPartitionReassignments>& reply) {
  reply.response.error_code = reply.error;
  reply.response.error_message = std::nullopt;
  for (const auto& topic : reply.request.topics) {
    auto& out = reply.response.responses.emplace_back();
    out.name = topic.name;
    for (const auto& partition : topic.partitions) {
      out.partitions.push_back({partition.partition_index, reply.error, std::nullopt});
    }
  }
}

void fill(ErrorReply<CreatePartitions>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& out = reply.response.results.emplace_back();
    out.name = topic.name;
    out.error_code = reply.error;
  }
}

void fill(ErrorReply<DeleteGroups>& reply) {
  for (const std::string& group : reply.request.groups_names) {
    auto& out = reply.response.results.emplace_back();
    out.group_id = group;
    out.error_code = reply.error;
  }
}

void fill(ErrorReply<DescribeClientQuotas>& reply) {
  reply.response.error_code = reply.error;
  reply.response.error_message = text_of(reply.error);
  reply.response.entries.reset();
}

void fill(ErrorReply<AlterUserScramCredentials>& reply) {
  const auto add = [&](const std::string& user) {
    auto& out = reply.response.results.emplace_back();
    out.user = user;
    out.error_code = reply.error;
    out.error_message = text_of(reply.error);
  };
  for (const auto& deletion : reply.request.deletions) add(deletion.name);
  for (const auto& upsertion : reply.request.upsertions) add(upsertion.name);
}

void fill(ErrorReply<AlterClientQuotas>& reply) {
  for (const auto& entry : reply.request.entries) {
    auto& out = reply.response.entries.emplace_back();
    out.entity = entry.entity;
    out.error_code = reply.error;
    out.error_message = std::nullopt;
  }
}

void fill(ErrorReply<CreateAcls>& reply) {
  reply.response.results.assign(reply.request.creations.size(),
                                {.error_code = reply.error, .error_message = std::nullopt});
}

void fill(ErrorReply<DeleteAcls>& reply) {
  for (std::size_t i = 0; i < reply.request.filters.size(); ++i) {
    auto& out = reply.response.filter_results.emplace_back();
    out.error_code = reply.error;
    out.error_message = std::nullopt;
  }
}

void fill(ErrorReply<WriteTxnMarkers>& reply) {
  for (const auto& marker : reply.request.markers) {
    auto& answer = reply.response.markers.emplace_back();
    answer.producer_id = marker.producer_id;
    for (const auto& topic : marker.topics) {
      auto& out = answer.topics.emplace_back();
      out.name = topic.name;
      for (const PartitionId index : topic.partition_indexes) {
        out.partitions.push_back({.partition_index = index, .error_code = reply.error});
      }
    }
  }
}

void fill(ErrorReply<DescribeProducers>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& answer = reply.response.topics.emplace_back();
    answer.name = topic.name;
    for (const PartitionId index : topic.partition_indexes) {
      auto& out = answer.partitions.emplace_back();
      out.partition_index = index;
      out.error_code = reply.error;
    }
  }
}

void fill(ErrorReply<DescribeTopicPartitions>& reply) {
  for (const auto& topic : reply.request.topics) {
    auto& out = reply.response.topics.emplace_back();
    out.name = topic.name;
    out.error_code = reply.error;
  }
}

}  // namespace

template <class Api>
typename Api::Response error_reply(const typename Api::Request& request, RequestContext& context,
                                   ErrorCode error) {
  typename Api::Response response;
  ErrorReply<Api> reply{request, context, error, response};
  fill(reply);
  return response;
}

#define KREEL_SERVED_API(Name, file)                                                               \
  template Name::Response error_reply<Name>(const Name::Request& request, RequestContext& context, \
                                            ErrorCode error);
#include "protocol/apis.def"
#undef KREEL_SERVED_API

}  // namespace kreel::broker
