#include "coordinator/group_service.hpp"

#include <map>
#include <utility>

#include "coordinator/collector.hpp"
#include "coordinator/group/coordinator.hpp"
#include "coordinator/group/refused_commit.hpp"
#include "coordinator/group_id.hpp"
#include "coordinator/list_partitions.hpp"
#include "coordinator/timer.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;
using DescribedGroup = protocol::DescribeGroupsResponse::DescribedGroup;
using DeletedGroup = protocol::DeleteGroupsResponse::DeletableGroupResult;
using FetchGroup = protocol::OffsetFetchRequest::OffsetFetchRequestGroup;
using FetchedGroup = protocol::OffsetFetchResponse::OffsetFetchResponseGroup;

namespace {

/// LeaveGroup v0-2 names one member, and tells its error at the top.
constexpr protocol::Version kLeaveManyFrom = 3;
/// From v5 on SyncGroup has to name the protocol it believes in.
constexpr protocol::Version kSyncNamesProtocolFrom = 5;

template <class Response>
Response failed(ErrorCode error) {
  Response response;
  response.error_code = error;
  return response;
}

}  // namespace

class GroupShard::Impl {
 public:
  Impl(const Environment& environment, const GroupConfig& settings)
      : config(settings),
        environment_(environment),
        expiry_(environment.executor, environment.clock),
        life_(std::make_shared<int>(0)) {}

  ~Impl() {
    const Outbox::Step step(outbox);
    while (!partitions.empty()) unload(partitions.begin()->first);
  }

  void load(PartitionId partition, BatchSource source, std::function<void()> loaded) {
    const Outbox::Step step(outbox);
    if (!expiry_.is_set()) schedule_expiry();
    unload(partition);
    auto& coordinator = partitions[partition];
    coordinator = std::make_shared<GroupCoordinator>(
        partition, GroupCoordinator::Environment{environment_.executor, environment_.clock,
                                                 environment_.random, environment_.writer,
                                                 environment_.topics, config, outbox});
    coordinator->runtime().load(std::move(source), std::move(loaded));
  }

  void unload(PartitionId partition) {
    const Outbox::Step step(outbox);
    auto node = partitions.extract(partition);
    if (node.empty()) return;
    node.mapped()->runtime().stop();
    // Until what it has put into the outbox is delivered.
    outbox.push([keep = node.mapped()] {});
  }

  GroupCoordinator* find(std::string_view group_id) {
    const auto found =
        partitions.find(partition_for_group(group_id, config.offsets_topic_num_partitions));
    return found == partitions.end() ? nullptr : found->second.get();
  }

  static ErrorCode availability(GroupCoordinator* coordinator) {
    return coordinator == nullptr ? ErrorCode::NOT_COORDINATOR
                                  : coordinator->runtime().availability();
  }

  Outbox outbox;
  GroupConfig config;
  std::map<PartitionId, std::shared_ptr<GroupCoordinator>> partitions;

 private:
  void schedule_expiry() {
    expiry_.set(config.offsets_retention_check_interval_ms, [this] {
      // One partition at a time: each looks at every offset it has.
      for (const auto& [partition, coordinator] : partitions) {
        environment_.executor.post([this, id = partition, life = std::weak_ptr(life_)] {
          if (!life.expired()) expire(id);
        });
      }
      schedule_expiry();
    });
  }

  void expire(PartitionId partition) {
    const Outbox::Step step(outbox);
    const auto found = partitions.find(partition);
    if (found == partitions.end()) return;
    if (availability(found->second.get()) == ErrorCode::NONE) found->second->remove_expired();
  }

  Environment environment_;
  Timer expiry_;
  std::shared_ptr<int> life_;
};

GroupShard::GroupShard(Environment environment, const GroupConfig& config)
    : impl_(std::make_unique<Impl>(environment, config)) {}

GroupShard::~GroupShard() = default;

void GroupShard::load(PartitionId partition, BatchSource source, std::function<void()> loaded) {
  impl_->load(partition, std::move(source), std::move(loaded));
}

void GroupShard::unload(PartitionId partition) {
  impl_->unload(partition);
}

bool GroupShard::is_ready() const {
  for (const auto& [partition, coordinator] : impl_->partitions) {
    const ErrorCode state = coordinator->runtime().availability();
    if (state == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) return false;
  }
  return true;
}

void GroupShard::join(protocol::JoinGroupRequest request, const GroupContext& context,
                      Reply<protocol::JoinGroupResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  ErrorCode error = Impl::availability(coordinator);
  const bool bad_timeout =
      request.session_timeout_ms < impl_->config.group_min_session_timeout_ms ||
      request.session_timeout_ms > impl_->config.group_max_session_timeout_ms;
  if (bad_timeout) error = ErrorCode::INVALID_SESSION_TIMEOUT;
  if (request.group_id.empty()) error = ErrorCode::INVALID_GROUP_ID;
  if (error != ErrorCode::NONE) {
    auto response = failed<protocol::JoinGroupResponse>(error);
    response.member_id = request.member_id;
    return impl_->outbox.send(reply, std::move(response));
  }
  coordinator->join(std::move(request), context, std::move(reply));
}

void GroupShard::sync(protocol::SyncGroupRequest request, const GroupContext& context,
                      Reply<protocol::SyncGroupResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  ErrorCode error = Impl::availability(coordinator);
  if (request.group_id.empty()) error = ErrorCode::INVALID_GROUP_ID;
  const bool names_protocol = request.protocol_type && request.protocol_name;
  if (context.version >= kSyncNamesProtocolFrom && !names_protocol) {
    error = ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
  }
  if (error != ErrorCode::NONE) {
    return impl_->outbox.send(reply, failed<protocol::SyncGroupResponse>(error));
  }
  coordinator->sync(std::move(request), std::move(reply));
}

void GroupShard::heartbeat(const protocol::HeartbeatRequest& request,
                           Reply<protocol::HeartbeatResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  ErrorCode error = Impl::availability(coordinator);
  if (request.group_id.empty()) error = ErrorCode::INVALID_GROUP_ID;
  if (error == ErrorCode::NONE) {
    error = coordinator->heartbeat(request);
  } else if (error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) {
    error = ErrorCode::NONE;  // its session starts anew once the group is there
  }
  impl_->outbox.send(reply, failed<protocol::HeartbeatResponse>(error));
}

void GroupShard::leave(protocol::LeaveGroupRequest request, const GroupContext& context,
                       Reply<protocol::LeaveGroupResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  ErrorCode error = Impl::availability(coordinator);
  if (request.group_id.empty()) error = ErrorCode::INVALID_GROUP_ID;
  if (error != ErrorCode::NONE) {
    return impl_->outbox.send(reply, failed<protocol::LeaveGroupResponse>(error));
  }
  if (context.version < kLeaveManyFrom) {
    request.members = {{request.member_id, std::nullopt, std::nullopt}};
    reply = [to = std::move(reply)](protocol::LeaveGroupResponse response) {
      if (response.error_code == ErrorCode::NONE && !response.members.empty()) {
        response.error_code = response.members.front().error_code;
      }
      response.members.clear();
      to(std::move(response));
    };
  }
  coordinator->leave(request, std::move(reply));
}

void GroupShard::commit(protocol::OffsetCommitRequest request, const GroupContext& context,
                        Reply<protocol::OffsetCommitResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  const ErrorCode error = Impl::availability(coordinator);
  if (error == ErrorCode::NONE) return coordinator->commit(request, context, std::move(reply));
  protocol::OffsetCommitResponse response;
  for (const auto& topic : request.topics) {
    auto& told = response.topics.emplace_back();
    told.name = topic.name;
    told.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      told.partitions.push_back({partition.partition_index, error});
    }
  }
  impl_->outbox.send(reply, std::move(response));
}

void GroupShard::fetch(FetchGroup request, bool require_stable, const GroupContext& context,
                       Reply<FetchedGroup> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  ErrorCode error = Impl::availability(coordinator);
  if (error == ErrorCode::NONE) {
    return coordinator->fetch(std::move(request), require_stable, context, std::move(reply));
  }
  if (error == ErrorCode::COORDINATOR_NOT_AVAILABLE) error = ErrorCode::NOT_COORDINATOR;
  auto response = failed<FetchedGroup>(error);
  response.group_id = request.group_id;
  impl_->outbox.send(reply, std::move(response));
}

void GroupShard::commit_in_transaction(protocol::TxnOffsetCommitRequest request,
                                       const GroupContext& context, const TransactionCheck& check,
                                       Reply<protocol::TxnOffsetCommitResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  ErrorCode error = Impl::availability(coordinator);
  if (request.group_id.empty()) error = ErrorCode::INVALID_GROUP_ID;
  if (error == ErrorCode::NONE) {
    return coordinator->commit_in_transaction(request, context, check, std::move(reply));
  }
  impl_->outbox.send(reply, refused_commit(request, error));
}

void GroupShard::end_transaction(PartitionId partition, const TransactionMarker& marker,
                                 Reply<ErrorCode> reply) {
  const Outbox::Step step(impl_->outbox);
  const auto found = impl_->partitions.find(partition);
  GroupCoordinator* coordinator = found == impl_->partitions.end() ? nullptr : found->second.get();
  const ErrorCode error = Impl::availability(coordinator);
  if (error != ErrorCode::NONE) return impl_->outbox.send(reply, ErrorCode{error});
  coordinator->end_transaction(marker, std::move(reply));
}

void GroupShard::delete_offsets(protocol::OffsetDeleteRequest request,
                                Reply<protocol::OffsetDeleteResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  GroupCoordinator* coordinator = impl_->find(request.group_id);
  ErrorCode error = Impl::availability(coordinator);
  if (request.group_id.empty()) error = ErrorCode::INVALID_GROUP_ID;
  if (error != ErrorCode::NONE) {
    return impl_->outbox.send(reply, failed<protocol::OffsetDeleteResponse>(error));
  }
  coordinator->delete_offsets(request, std::move(reply));
}

void GroupShard::describe(std::vector<std::string> group_ids, const GroupContext& context,
                          Reply<std::vector<DescribedGroup>> reply) {
  const Outbox::Step step(impl_->outbox);
  if (group_ids.empty()) return impl_->outbox.send(reply, std::vector<DescribedGroup>());
  auto answers = std::make_shared<Collector<DescribedGroup>>(group_ids.size(), std::move(reply));
  for (std::size_t i = 0; i < group_ids.size(); ++i) {
    GroupCoordinator* coordinator = impl_->find(group_ids[i]);
    const ErrorCode error = Impl::availability(coordinator);
    Reply<DescribedGroup> one = [answers, i](DescribedGroup group) {
      answers->set(i, std::move(group));
    };
    if (error == ErrorCode::NONE) {
      coordinator->describe(group_ids[i], context.version, std::move(one));
      continue;
    }
    auto response = failed<DescribedGroup>(error);
    response.group_id = group_ids[i];
    impl_->outbox.send(one, std::move(response));
  }
}

void GroupShard::list(protocol::ListGroupsRequest request,
                      Reply<protocol::ListGroupsResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  list_partitions(impl_->outbox, impl_->partitions, request, &protocol::ListGroupsResponse::groups,
                  std::move(reply));
}

void GroupShard::delete_groups(std::vector<std::string> group_ids,
                               Reply<std::vector<DeletedGroup>> reply) {
  const Outbox::Step step(impl_->outbox);
  if (group_ids.empty()) return impl_->outbox.send(reply, std::vector<DeletedGroup>());
  auto answers = std::make_shared<Collector<DeletedGroup>>(group_ids.size(), std::move(reply));
  for (std::size_t i = 0; i < group_ids.size(); ++i) {
    GroupCoordinator* coordinator = impl_->find(group_ids[i]);
    const ErrorCode error = Impl::availability(coordinator);
    Reply<DeletedGroup> one = [answers, i](DeletedGroup group) {
      answers->set(i, std::move(group));
    };
    if (error == ErrorCode::NONE) {
      coordinator->delete_group(group_ids[i], std::move(one));
      continue;
    }
    impl_->outbox.send(one, DeletedGroup{group_ids[i], error});
  }
}

void GroupShard::topics_deleted(const std::vector<std::string>& names, std::function<void()> done) {
  const Outbox::Step step(impl_->outbox);
  auto missing = std::make_shared<std::size_t>(impl_->partitions.size() + 1);
  const std::function<void()> part_done = [missing, done = std::move(done)] {
    if (--*missing == 0) done();
  };
  for (const auto& [partition, coordinator] : impl_->partitions) {
    coordinator->topics_deleted(names, part_done);
  }
  impl_->outbox.push(part_done);
}

const DurableState* GroupShard::durable_state(PartitionId partition) const {
  const auto found = impl_->partitions.find(partition);
  return found == impl_->partitions.end() ? nullptr : &found->second->durable();
}

void GroupShard::for_each_offset(
    const std::function<void(const CommittedOffsetView&)>& visit) const {
  for (const auto& [id, coordinator] : impl_->partitions) {
    for (const auto& [group_id, group] : coordinator->durable().groups()) {
      for (const auto& [topic, partitions] : group.offsets) {
        for (const auto& [partition, committed] : partitions) {
          visit({group_id, topic, partition, committed.offset});
        }
      }
    }
  }
}

}  // namespace kreel::coordinator
