#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "coordinator/group/durable_state.hpp"
#include "coordinator/group_id.hpp"
#include "coordinator/group_service.hpp"
#include "protocol/codec.hpp"
#include "protocol/messages/consumer_protocol.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"
#include "unit/coordinator/fake_offsets_log.hpp"

namespace kreel::test {

using coordinator::GroupContext;
using coordinator::GroupShard;
using protocol::ErrorCode;

class FakeTopics final : public coordinator::TopicView {
 public:
  void add(const std::string& name, std::int32_t partitions) {
    Topic& topic = topics_[name];
    topic.partition_count = partitions;
    topic.id.bytes[15] = static_cast<std::byte>(topics_.size());
  }
  void remove(const std::string& name) { topics_.erase(name); }

  std::optional<Topic> find(std::string_view name) const override {
    const auto found = topics_.find(name);
    return found == topics_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::string> name_of(const Uuid& id) const override {
    for (const auto& [name, topic] : topics_) {
      if (topic.id == id) return name;
    }
    return std::nullopt;
  }

 private:
  std::map<std::string, Topic, std::less<>> topics_;
};

inline Bytes to_bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

/// The metadata that a consumer's JoinGroup carries.
inline Bytes subscription(const std::vector<std::string>& topics) {
  protocol::ConsumerProtocolSubscription message;
  message.topics = topics;
  protocol::WireWriter out;
  out.write_int<std::int16_t>(1);
  protocol::encode(message, 1, out);
  return out.take().bytes;
}

/// One shard with every partition of __consumer_offsets, on the test's thread. At the end of each
/// test the records that it wrote are replayed into a fresh machine, which must come to the same
/// durable state and, for groups that are not in a rebalance, describe them alike.
class GroupFixture {
 public:
  using DescribedGroup = protocol::DescribeGroupsResponse::DescribedGroup;

  GroupFixture() {
    topics.add("orders", 10);
    topics.add("payments", 3);
    start();
  }
  ~GroupFixture() { check_replay(); }

  /// The broker (again), on what the log holds.
  void start() {
    shard = make_shard();
    load_all(*shard);
  }

  std::unique_ptr<GroupShard> make_shard() {
    return std::make_unique<GroupShard>(
        GroupShard::Environment{executor, clock, random, log, topics}, config);
  }
  void load_all(GroupShard& into) {
    for (PartitionId p = 0; p < config.offsets_topic_num_partitions; ++p) {
      into.load(p, log.source(p), [] {});
    }
    executor.run_ready();
  }

  /// Lets time pass in steps that no timer takes for a suspended machine.
  void advance_ms(std::int64_t ms) {
    executor.run_ready();
    while (ms > 0) {
      const std::int64_t step = ms > 1'000 ? 100 : 1;
      clock.advance_ms(step);
      executor.run_ready();
      ms -= step;
    }
  }

  DescribedGroup describe(const std::string& group_id, protocol::Version version = 5) {
    return describe(*shard, group_id, version);
  }
  DescribedGroup describe(GroupShard& from, const std::string& group_id,
                          protocol::Version version = 5) {
    std::optional<std::vector<DescribedGroup>> groups;
    from.describe({group_id}, {"", "", version}, [&](auto reply) { groups = std::move(reply); });
    executor.run_ready();
    REQUIRE(groups.has_value());
    REQUIRE(groups->size() == 1);
    return groups->front();
  }
  std::string state_of(const std::string& group_id) { return describe(group_id).group_state; }

  std::map<std::string, std::string> list(const protocol::ListGroupsRequest& request = {}) {
    std::map<std::string, std::string> states;
    shard->list(request, [&](const protocol::ListGroupsResponse& reply) {
      for (const auto& group : reply.groups) states[group.group_id] = group.group_state;
    });
    executor.run_ready();
    return states;
  }

  PartitionId partition_of(const std::string& group_id) const {
    return coordinator::partition_for_group(group_id, config.offsets_topic_num_partitions);
  }

  /// An offset commit from outside of any group.
  ErrorCode commit(const std::string& group_id, const std::string& topic, PartitionId partition,
                   Offset offset, protocol::Version version = 9) {
    protocol::OffsetCommitRequest request;
    request.group_id = group_id;
    request.topics = {{topic, {}, {{partition, offset, -1, ""}}}};
    return commit(std::move(request), version);
  }
  ErrorCode commit(protocol::OffsetCommitRequest request, protocol::Version version = 9) {
    std::optional<ErrorCode> error;
    shard->commit(std::move(request), {"client", "/127.0.0.1", version},
                  [&](const protocol::OffsetCommitResponse& reply) {
                    error = reply.topics.at(0).partitions.at(0).error_code;
                  });
    executor.run_ready();
    REQUIRE(error.has_value());
    return *error;
  }
  /// -1 when there is none.
  Offset committed(const std::string& group_id, const std::string& topic, PartitionId partition) {
    protocol::OffsetFetchRequest::OffsetFetchRequestGroup request;
    request.group_id = group_id;
    request.topics = {{topic, {}, {partition}}};
    std::optional<Offset> offset;
    shard->fetch(std::move(request), false, {"", "", 8}, [&](const auto& reply) {
      REQUIRE(reply.error_code == ErrorCode::NONE);
      offset = reply.topics.at(0).partitions.at(0).committed_offset;
    });
    executor.run_ready();
    REQUIRE(offset.has_value());
    return *offset;
  }

  ManualClock clock;
  ManualExecutor executor{clock};
  SeededRandom random{1};
  FakeOffsetsLog log{executor};
  FakeTopics topics;
  coordinator::GroupConfig config;
  std::unique_ptr<GroupShard> shard;

 private:
  void check_replay() {
    log.hold = false;
    log.release();
    log.fail_appends = log.fail_reads = 0;
    advance_ms(1'500);  // a failed write is followed by a new load
    if (!shard || !shard->is_ready()) return;
    auto fresh = make_shard();
    load_all(*fresh);
    CHECK(fresh->is_ready());
    for (const auto& one : log.all()) {
      const auto partition = one.first;
      const coordinator::DurableState* live = shard->durable_state(partition);
      if (live == nullptr) continue;
      CHECK_MESSAGE(*live == *fresh->durable_state(partition),
                    "a restart would find another state in partition ", partition);
    }
    for (const auto& one : list()) {
      const std::string& group_id = one.first;
      const std::string& state = one.second;
      if (state != "Stable" && state != "Empty") continue;
      const DescribedGroup before = describe(group_id);
      if (state == "Empty" && before.protocol_type.empty()) continue;  // ids handed out, or simple
      CHECK_MESSAGE(before == describe(*fresh, group_id), "a restart would change group ",
                    group_id);
    }
  }
};

}  // namespace kreel::test
