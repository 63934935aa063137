#include "coordinator/group_router.hpp"

#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "coordinator/ask_shard.hpp"
#include "coordinator/collector.hpp"
#include "coordinator/group_id.hpp"
#include "coordinator/offset_fetch_forms.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;

namespace {

template <class Response, class Ask>
void ask_shard(Executor& home, const GroupRouter::Shard& shard, Reply<Response> reply, Ask ask) {
  coordinator::ask_shard(home, *shard.executor, *shard.groups, std::move(reply), std::move(ask));
}

template <class Response, class Request>
using GroupCall = void (GroupShard::*)(Request, const GroupContext&, Reply<Response>);

template <class Response, class Request>
void bring(Executor& home, const GroupRouter::Shard& shard, GroupCall<Response, Request> call,
           Request request, GroupContext context, Reply<Response> reply) {
  ask_shard(home, shard, std::move(reply),
            [call, request = std::move(request), context = std::move(context)](GroupShard& to,
                                                                               auto back) mutable {
              (to.*call)(std::move(request), context, std::move(back));
            });
}

}  // namespace

GroupRouter::GroupRouter(std::vector<Shard> shards, std::int32_t partition_count)
    : shards_(std::move(shards)), partition_count_(partition_count) {}

std::size_t GroupRouter::shard_of_partition(PartitionId partition) const {
  return static_cast<std::size_t>(partition) % shards_.size();
}

PartitionId GroupRouter::partition_of(std::string_view group_id) const {
  return partition_for_group(group_id, partition_count_);
}

const GroupRouter::Shard& GroupRouter::shard_for(std::string_view group_id) const {
  return shards_[shard_of_partition(partition_of(group_id))];
}

void GroupRouter::join(Executor& home, protocol::JoinGroupRequest request, GroupContext context,
                       Reply<protocol::JoinGroupResponse> reply) const {
  const Shard& shard = shard_for(request.group_id);
  bring(home, shard, &GroupShard::join, std::move(request), std::move(context), std::move(reply));
}

void GroupRouter::sync(Executor& home, protocol::SyncGroupRequest request, GroupContext context,
                       Reply<protocol::SyncGroupResponse> reply) const {
  const Shard& shard = shard_for(request.group_id);
  bring(home, shard, &GroupShard::sync, std::move(request), std::move(context), std::move(reply));
}

void GroupRouter::heartbeat(Executor& home, protocol::HeartbeatRequest request,
                            Reply<protocol::HeartbeatResponse> reply) const {
  const Shard& shard = shard_for(request.group_id);
  ask_shard(home, shard, std::move(reply),
            [request = std::move(request)](GroupShard& groups, auto to) {
              groups.heartbeat(request, std::move(to));
            });
}

void GroupRouter::leave(Executor& home, protocol::LeaveGroupRequest request, GroupContext context,
                        Reply<protocol::LeaveGroupResponse> reply) const {
  const Shard& shard = shard_for(request.group_id);
  bring(home, shard, &GroupShard::leave, std::move(request), std::move(context), std::move(reply));
}

void GroupRouter::commit(Executor& home, protocol::OffsetCommitRequest request,
                         GroupContext context, Reply<protocol::OffsetCommitResponse> reply) const {
  const Shard& shard = shard_for(request.group_id);
  bring(home, shard, &GroupShard::commit, std::move(request), std::move(context), std::move(reply));
}

void GroupRouter::commit_in_transaction(Executor& home, protocol::TxnOffsetCommitRequest request,
                                        GroupContext context, TransactionCheck check,
                                        Reply<protocol::TxnOffsetCommitResponse> reply) const {
  const Shard& shard = shard_for(request.group_id);
  ask_shard(home, shard, std::move(reply),
            [request = std::move(request), context = std::move(context), check = std::move(check)](
                GroupShard& groups, auto to) mutable {
              groups.commit_in_transaction(std::move(request), context, check, std::move(to));
            });
}

void GroupRouter::end_transaction(Executor& home, PartitionId partition,
                                  const TransactionMarker& marker, Reply<ErrorCode> reply) const {
  ask_shard(home, shards_[shard_of_partition(partition)], std::move(reply),
            [partition, marker](GroupShard& groups, auto to) {
              groups.end_transaction(partition, marker, std::move(to));
            });
}

void GroupRouter::delete_offsets(Executor& home, protocol::OffsetDeleteRequest request,
                                 Reply<protocol::OffsetDeleteResponse> reply) const {
  const Shard& shard = shard_for(request.group_id);
  ask_shard(home, shard, std::move(reply),
            [request = std::move(request)](GroupShard& groups, auto to) mutable {
              groups.delete_offsets(std::move(request), std::move(to));
            });
}

void GroupRouter::fetch(Executor& home, protocol::OffsetFetchRequest request, GroupContext context,
                        Reply<protocol::OffsetFetchResponse> reply) const {
  using Group = protocol::OffsetFetchResponse::OffsetFetchResponseGroup;
  const protocol::Version version = context.version;
  const bool require_stable = request.require_stable;
  auto groups = groups_of(request, version);
  auto put_together = [reply = std::move(reply), request = std::move(request),
                       version](std::vector<Group> answers) {
    reply(offset_fetch_response(std::move(answers), request, version));
  };
  if (groups.empty()) return put_together({});
  auto answers = std::make_shared<Collector<Group>>(groups.size(), std::move(put_together));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Shard& shard = shard_for(groups[i].group_id);
    Reply<Group> one = [answers, i](Group group) { answers->set(i, std::move(group)); };
    ask_shard(
        home, shard, std::move(one),
        [group = std::move(groups[i]), require_stable, context](GroupShard& on, auto to) mutable {
          on.fetch(std::move(group), require_stable, context, std::move(to));
        });
  }
}

template <class Item, class Ask>
void GroupRouter::ask_many(Executor& home, const std::vector<std::string>& group_ids,
                           Reply<std::vector<Item>> reply, Ask ask) const {
  if (group_ids.empty()) return reply({});
  struct Part {
    std::vector<std::string> group_ids;
    std::vector<std::size_t> places;
  };
  std::map<std::size_t, Part> parts;
  std::set<std::string_view> seen;
  for (const std::string& group_id : group_ids) {
    const std::size_t place = seen.size();
    if (!seen.insert(group_id).second) continue;  // asked twice, answered once
    Part& part = parts[shard_of_partition(partition_of(group_id))];
    part.group_ids.push_back(group_id);
    part.places.push_back(place);
  }
  auto answers = std::make_shared<Collector<Item>>(seen.size(), std::move(reply));
  for (auto& [index, part] : parts) {
    Reply<std::vector<Item>> place = [answers,
                                      places = std::move(part.places)](std::vector<Item> items) {
      for (std::size_t i = 0; i < items.size(); ++i) answers->set(places[i], std::move(items[i]));
    };
    ask_shard(home, shards_[index], std::move(place),
              [ids = std::move(part.group_ids), ask](GroupShard& groups, auto to) mutable {
                ask(groups, std::move(ids), std::move(to));
              });
  }
}

void GroupRouter::describe(Executor& home, protocol::DescribeGroupsRequest request,
                           GroupContext context,
                           Reply<protocol::DescribeGroupsResponse> reply) const {
  using Group = protocol::DescribeGroupsResponse::DescribedGroup;
  ask_many<Group>(
      home, request.groups,
      [reply = std::move(reply)](std::vector<Group> groups) {
        protocol::DescribeGroupsResponse response;
        response.groups = std::move(groups);
        reply(std::move(response));
      },
      [context = std::move(context)](GroupShard& groups, std::vector<std::string> ids, auto to) {
        groups.describe(std::move(ids), context, std::move(to));
      });
}

void GroupRouter::delete_groups(Executor& home, protocol::DeleteGroupsRequest request,
                                Reply<protocol::DeleteGroupsResponse> reply) const {
  using Group = protocol::DeleteGroupsResponse::DeletableGroupResult;
  ask_many<Group>(
      home, request.groups_names,
      [reply = std::move(reply)](std::vector<Group> results) {
        protocol::DeleteGroupsResponse response;
        response.results = std::move(results);
        reply(std::move(response));
      },
      [](GroupShard& groups, std::vector<std::string> ids, auto to) {
        groups.delete_groups(std::move(ids), std::move(to));
      });
}

void GroupRouter::list(Executor& home, protocol::ListGroupsRequest request,
                       Reply<protocol::ListGroupsResponse> reply) const {
  using Response = protocol::ListGroupsResponse;
  auto put_together = [reply = std::move(reply)](std::vector<Response> parts) {
    Response all;
    for (Response& part : parts) {
      if (part.error_code != ErrorCode::NONE) all.error_code = part.error_code;
      for (auto& group : part.groups) all.groups.push_back(std::move(group));
    }
    if (all.error_code != ErrorCode::NONE) all.groups.clear();
    reply(std::move(all));
  };
  auto answers = std::make_shared<Collector<Response>>(shards_.size(), std::move(put_together));
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Reply<Response> one = [answers, i](Response part) { answers->set(i, std::move(part)); };
    ask_shard(home, shards_[i], std::move(one),
              [request](GroupShard& groups, auto to) { groups.list(request, std::move(to)); });
  }
}

void GroupRouter::topics_deleted(Executor& home, std::vector<std::string> names,
                                 std::function<void()> done) const {
  auto all_done = [done = std::move(done)](const std::vector<char>&) { done(); };
  auto answers = std::make_shared<Collector<char>>(shards_.size(), std::move(all_done));
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Reply<char> one = [answers, i](char) { answers->set(i, 0); };
    ask_shard(home, shards_[i], std::move(one), [names](GroupShard& groups, auto to) {
      groups.topics_deleted(names, [to = std::move(to)] { to(0); });
    });
  }
}

}  // namespace kreel::coordinator
