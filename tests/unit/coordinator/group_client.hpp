#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unit/coordinator/group_fixture.hpp"

namespace kreel::test {

/// One member as its client library behaves: keeps its member id and generation, joins again when
/// it is told an id. Replies land in `joined` and `synced`; unset while the request is parked.
class GroupClient {
 public:
  explicit GroupClient(GroupFixture& fixture, std::string group_id = "group") : fixture_(&fixture) {
    request.group_id = std::move(group_id);
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 60'000;
    request.protocol_type = "consumer";
    request.protocols = {{"range", subscription({"orders"})}};
    context = {"client", "/127.0.0.1", 7};
  }

  void join() {
    joined.reset();
    synced.reset();
    send_join();
    if (!joined || joined->error_code != ErrorCode::MEMBER_ID_REQUIRED) return;
    request.member_id = joined->member_id;
    joined.reset();
    send_join();
  }
  /// Without the second request that an id asks for.
  void send_join() {
    joins_sent_++;
    fixture_->shard->join(request, context,
                          [this, life = std::weak_ptr(life_)](protocol::JoinGroupResponse reply) {
                            if (life.expired()) return;
                            ++joins_answered_;
                            if (reply.error_code == ErrorCode::NONE) {
                              request.member_id = reply.member_id;
                              generation = reply.generation_id;
                            }
                            joined = std::move(reply);
                          });
  }

  using Assignments = std::map<std::string, std::string>;
  void sync(const Assignments& assignments = {}) {
    synced.reset();
    protocol::SyncGroupRequest sync;
    sync.group_id = request.group_id;
    sync.generation_id = generation;
    sync.member_id = request.member_id;
    sync.group_instance_id = request.group_instance_id;
    for (const auto& [member, assignment] : assignments) {
      sync.assignments.push_back({member, to_bytes(assignment)});
    }
    ++syncs_sent_;
    fixture_->shard->sync(std::move(sync), {"client", "/127.0.0.1", 4},
                          [this, life = std::weak_ptr(life_)](protocol::SyncGroupResponse reply) {
                            if (life.expired()) return;
                            ++syncs_answered_;
                            synced = std::move(reply);
                          });
  }
  /// Leaders give everybody their own id as assignment.
  void sync_all() {
    Assignments assignments;
    if (is_leader()) {
      for (const auto& member : joined->members) assignments[member.member_id] = member.member_id;
    }
    sync(assignments);
  }

  ErrorCode heartbeat() {
    protocol::HeartbeatRequest beat;
    beat.group_id = request.group_id;
    beat.generation_id = generation;
    beat.member_id = request.member_id;
    beat.group_instance_id = request.group_instance_id;
    std::optional<ErrorCode> error;
    fixture_->shard->heartbeat(beat, [&](const auto& reply) { error = reply.error_code; });
    REQUIRE(error.has_value());
    return *error;
  }

  ErrorCode leave() {
    protocol::LeaveGroupRequest leaving;
    leaving.group_id = request.group_id;
    leaving.members = {{request.member_id, request.group_instance_id, "test"}};
    std::optional<ErrorCode> error;
    fixture_->shard->leave(leaving, {"client", "/127.0.0.1", 5}, [&](const auto& reply) {
      error =
          reply.error_code == ErrorCode::NONE ? reply.members.at(0).error_code : reply.error_code;
    });
    fixture_->executor.run_ready();
    REQUIRE(error.has_value());
    return *error;
  }

  ErrorCode commit(const std::string& topic, PartitionId partition, Offset offset,
                   protocol::Version version = 9) {
    protocol::OffsetCommitRequest commit;
    commit.group_id = request.group_id;
    commit.generation_id_or_member_epoch = generation;
    commit.member_id = request.member_id;
    commit.group_instance_id = request.group_instance_id;
    commit.topics = {{topic, {}, {{partition, offset, 1, ""}}}};
    return fixture_->commit(std::move(commit), version);
  }

  const std::string& id() const { return request.member_id; }
  bool is_leader() const { return joined && joined->leader == request.member_id; }
  std::string assignment() const { return std::string(as_text(synced->assignment)); }
  bool owes_nothing() const {
    return joins_sent_ == joins_answered_ && syncs_sent_ == syncs_answered_;
  }
  ErrorCode join_error() const { return joined->error_code; }
  ErrorCode sync_error() const { return synced->error_code; }

  protocol::JoinGroupRequest request;
  GroupContext context;
  std::int32_t generation = -1;
  std::optional<protocol::JoinGroupResponse> joined;
  std::optional<protocol::SyncGroupResponse> synced;

 private:
  GroupFixture* fixture_;
  std::shared_ptr<int> life_ = std::make_shared<int>(0);  ///< replies come after the test's end
  int joins_sent_ = 0;
  int joins_answered_ = 0;
  int syncs_sent_ = 0;
  int syncs_answered_ = 0;
};

/// Clients whose requests may outlive the scope of a test's step: they do not move.
using Clients = std::vector<std::unique_ptr<GroupClient>>;

inline Clients make_clients(GroupFixture& fixture, std::size_t count,
                            const std::string& group_id = "group") {
  Clients clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<GroupClient>(fixture, group_id));
  }
  return clients;
}

/// From JoinGroup to a stable group.
inline void stabilize(GroupFixture& fixture, const Clients& clients) {
  for (const auto& client : clients) client->join();
  fixture.advance_ms(200);
  for (const auto& client : clients) {
    REQUIRE(client->joined.has_value());
    REQUIRE(client->join_error() == ErrorCode::NONE);
    client->sync_all();
  }
  fixture.executor.run_ready();
  for (const auto& client : clients) {
    REQUIRE(client->synced.has_value());
    REQUIRE(client->sync_error() == ErrorCode::NONE);
  }
}

inline GroupClient& leader_of(const Clients& clients) {
  for (const auto& client : clients) {
    if (client->is_leader()) return *client;
  }
  FAIL("nobody leads");
  return *clients.front();
}

inline GroupClient& follower_of(const Clients& clients) {
  for (const auto& client : clients) {
    if (!client->is_leader()) return *client;
  }
  FAIL("nobody follows");
  return *clients.front();
}

}  // namespace kreel::test
