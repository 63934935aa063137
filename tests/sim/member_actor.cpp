#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "protocol/record_batch.hpp"
#include "sim/actors.hpp"

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

constexpr std::int32_t kSessionTimeoutMs = 6'000;
constexpr std::int64_t kHeartbeatMs = 1'000;
constexpr protocol::Version kFetchByName = 12;
constexpr protocol::Version kCommitByName = 9;
constexpr protocol::Version kOneGroupOffsets = 7;
constexpr std::size_t kRecordsMax = 1U << 20;

}  // namespace

MemberActor::MemberActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                         const std::string& name, std::string group, std::string topic,
                         std::int32_t partitions)
    : Actor(world, ledger, node, weather, name),
      group_(std::move(group)),
      topic_(std::move(topic)),
      partitions_(partitions) {}

void MemberActor::again(std::int64_t delay_ms) {
  ++life_;
  generation_ = -1;
  world_.after_ms(delay_ms, [this, life = life_] {
    if (life == life_) join();
  });
}

bool MemberActor::still_member(ErrorCode error) {
  if (error != ErrorCode::NONE) {
    world_.trace(
        fmt::format("{} generation {}: {}", name(), generation_, protocol::to_string(error)));
  }
  switch (error) {
    case ErrorCode::NONE:
      return true;
    case ErrorCode::UNKNOWN_MEMBER_ID:
    case ErrorCode::FENCED_INSTANCE_ID:
      member_id_.clear();
      [[fallthrough]];
    case ErrorCode::ILLEGAL_GENERATION:
    case ErrorCode::REBALANCE_IN_PROGRESS:
      again(0);
      return false;
    default:
      if (!protocol::is_retriable(error)) {
        world_.violation(fmt::format("{}: {}", name(), protocol::to_string(error)));
      }
      again(100);
      return false;
  }
}

void MemberActor::faults_are_over() {
  Actor::faults_are_over();
  if (is_silent_) again(0);
}

void MemberActor::join() {
  is_silent_ = false;
  protocol::JoinGroupRequest request;
  request.group_id = group_;
  request.session_timeout_ms = kSessionTimeoutMs;
  request.rebalance_timeout_ms = 3'000;
  request.member_id = member_id_;
  request.protocol_type = "consumer";
  request.protocols.emplace_back().name = "range";
  client_.call<protocol::JoinGroup>(request, [this, life = life_](auto response) {
    if (life != life_) return;
    if (!response) return again(100);
    if (response->error_code == ErrorCode::MEMBER_ID_REQUIRED) {
      member_id_ = response->member_id;
      return again(0);
    }
    if (!still_member(response->error_code)) return;
    joined(*response);
  });
}

void MemberActor::joined(const protocol::JoinGroupResponse& response) {
  member_id_ = response.member_id;
  generation_ = response.generation_id;
  world_.trace(fmt::format("{} joined generation {}", name(), generation_));
  sync(response);
  beat(life_);
}

// The assignment is text: the partitions' numbers, with commas.
void MemberActor::sync(const protocol::JoinGroupResponse& joined) {
  protocol::SyncGroupRequest request;
  request.group_id = group_;
  request.generation_id = generation_;
  request.member_id = member_id_;
  request.protocol_type = joined.protocol_type;
  request.protocol_name = joined.protocol_name;
  if (joined.leader == member_id_) {
    const auto count = static_cast<std::int32_t>(joined.members.size());
    for (std::int32_t i = 0; i < count; ++i) {
      std::string text;
      for (std::int32_t p = i; p < partitions_; p += count) text += fmt::format("{},", p);
      const auto bytes = as_bytes(text);
      request.assignments.push_back({joined.members[static_cast<std::size_t>(i)].member_id,
                                     Bytes(bytes.begin(), bytes.end())});
    }
  }
  client_.call<protocol::SyncGroup>(request, [this, life = life_](auto response) {
    if (life != life_) return;
    if (!response) return again(100);
    if (!still_member(response->error_code)) return;
    std::vector<std::int32_t> mine;
    for (const auto part : split(as_text(response->assignment), ',')) {
      if (const auto number = parse_int64(part)) mine.push_back(static_cast<std::int32_t>(*number));
    }
    resume(std::move(mine));
  });
}

void MemberActor::resume(std::vector<std::int32_t> partitions) {
  positions_.clear();
  if (partitions.empty()) return;
  protocol::OffsetFetchRequest request;
  request.group_id = group_;
  request.topics.emplace();
  request.topics->push_back({topic_, std::move(partitions)});
  client_.call<protocol::OffsetFetch>(
      request,
      [this, life = life_](auto response) {
        if (life != life_) return;
        if (!response) return again(100);
        if (!still_member(response->error_code)) return;
        for (const auto& partition : response->topics.at(0).partitions) {
          ledger_.commit_found(group_, {topic_, partition.partition_index},
                               partition.committed_offset);
          positions_[partition.partition_index] = std::max<Offset>(0, partition.committed_offset);
        }
        read();
      },
      kOneGroupOffsets);
}

void MemberActor::read() {
  protocol::FetchRequest request;
  request.max_wait_ms = 200;
  request.min_bytes = 1;
  request.max_bytes = 10'000;
  auto& topic = request.topics.emplace_back();
  topic.topic = topic_;
  for (const auto& [index, offset] : positions_) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition = index;
    partition.fetch_offset = offset;
    partition.partition_max_bytes = 2'000;
  }
  client_.call<protocol::Fetch>(
      request,
      [this, life = life_](auto response) {
        if (life != life_) return;
        if (!response || response->error_code != ErrorCode::NONE) return again(100);
        for (const auto& one : response->responses) {
          for (const auto& data : one.partitions) {
            if (data.error_code == ErrorCode::OFFSET_OUT_OF_RANGE) {
              ask_log_start({topic_, data.partition_index},
                            [this, life, index = data.partition_index](Offset log_start) {
                              if (life == life_) {
                                positions_[index] = std::max(positions_[index], log_start);
                              }
                            });
            }
            ByteView rest = data.records.is_null() ? ByteView{} : data.records.bytes();
            while (const auto header = protocol::read_batch_header(rest)) {
              if (header->size_bytes() > rest.size()) break;
              auto& position = positions_[data.partition_index];
              position = std::max(position, header->last_offset() + 1);
              rest = rest.subspan(header->size_bytes());
            }
          }
        }
        world_.after_ms(world_.between(0, 400), [this, life] {
          if (life == life_) commit();
        });
      },
      kFetchByName);
}

void MemberActor::commit() {
  protocol::OffsetCommitRequest request;
  request.group_id = group_;
  request.generation_id_or_member_epoch = generation_;
  request.member_id = member_id_;
  auto& topic = request.topics.emplace_back();
  topic.name = topic_;
  for (const auto& [index, offset] : positions_) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = index;
    partition.committed_offset = offset;
    ledger_.commit_tried(group_, {topic_, index}, offset);
  }
  client_.call<protocol::OffsetCommit>(
      request,
      [this, life = life_, committed = positions_](auto response) {
        if (!response) {
          if (life == life_) again(100);
          return;
        }
        const auto error = response->topics.at(0).partitions.at(0).error_code;
        if (error == ErrorCode::NONE) {
          for (const auto& [index, offset] : committed) {
            ledger_.commit_acknowledged(group_, {topic_, index}, offset);
          }
          progressed();
        }
        if (life != life_) return;
        // During a rebalance commits are taken; the next heartbeat tells of it.
        if (!still_member(error)) return;
        read();
      },
      kCommitByName);
}

void MemberActor::beat(int life) {
  world_.after_ms(kHeartbeatMs, [this, life] {
    if (life != life_) return;
    if (!is_calm() && world_.one_in(60)) {
      // Falls silent, and comes back as somebody new.
      client_.disconnect();
      member_id_.clear();
      is_silent_ = true;
      return again(world_.between(0, 8'000));
    }
    protocol::HeartbeatRequest request;
    request.group_id = group_;
    request.generation_id = generation_;
    request.member_id = member_id_;
    client_.call<protocol::Heartbeat>(request, [this, life](auto response) {
      if (life != life_) return;
      if (!response) return again(100);
      progressed();
      if (still_member(response->error_code)) beat(life);
    });
  });
}

}  // namespace kreel::sim
