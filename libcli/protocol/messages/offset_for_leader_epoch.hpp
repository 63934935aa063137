#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct OffsetForLeaderEpochRequest {
  static constexpr MessageVersions versions{.min = 2, .max = 4, .flexible_from = 4};

  struct OffsetForLeaderPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;
    std::int32_t leader_epoch = 0;  ///< whose end is asked for (KIP-320)

    bool operator==(const OffsetForLeaderPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition", &OffsetForLeaderPartition::partition, since(0));
      v("current_leader_epoch", &OffsetForLeaderPartition::current_leader_epoch,
        since(2).ignorable());
      v("leader_epoch", &OffsetForLeaderPartition::leader_epoch, since(0));
    }
  };

  struct OffsetForLeaderTopic {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<OffsetForLeaderPartition> partitions;

    bool operator==(const OffsetForLeaderTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &OffsetForLeaderTopic::topic, since(0));
      v("partitions", &OffsetForLeaderTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t replica_id = -2;  ///< -1 a consumer, -2 a consumer or an old follower
  std::vector<OffsetForLeaderTopic> topics;

  bool operator==(const OffsetForLeaderEpochRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("replica_id", &OffsetForLeaderEpochRequest::replica_id, since(3).ignorable());
    v("topics", &OffsetForLeaderEpochRequest::topics, since(0));
  }
};

struct OffsetForLeaderEpochResponse {
  static constexpr MessageVersions versions{.min = 2, .max = 4, .flexible_from = 4};

  struct EpochEndOffset {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::int32_t partition = 0;
    std::int32_t leader_epoch = -1;  ///< the largest up to the one asked for; -1 when there is none
    std::int64_t end_offset = -1;

    bool operator==(const EpochEndOffset&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &EpochEndOffset::error_code, since(0));
      v("partition", &EpochEndOffset::partition, since(0));
      v("leader_epoch", &EpochEndOffset::leader_epoch, since(1).ignorable());
      v("end_offset", &EpochEndOffset::end_offset, since(0));
    }
  };

  struct OffsetForLeaderTopicResult {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<EpochEndOffset> partitions;

    bool operator==(const OffsetForLeaderTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &OffsetForLeaderTopicResult::topic, since(0));
      v("partitions", &OffsetForLeaderTopicResult::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetForLeaderTopicResult> topics;

  bool operator==(const OffsetForLeaderEpochResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &OffsetForLeaderEpochResponse::throttle_time_ms, since(2).ignorable());
    v("topics", &OffsetForLeaderEpochResponse::topics, since(0));
  }
};

struct OffsetForLeaderEpoch {
  static constexpr std::int16_t key = 23;
  using Request = OffsetForLeaderEpochRequest;
  using Response = OffsetForLeaderEpochResponse;
};

}  // namespace kreel::protocol
