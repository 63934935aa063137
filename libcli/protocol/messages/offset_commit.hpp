#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct OffsetCommitRequest {
  static constexpr MessageVersions versions{.min = 2, .max = 10, .flexible_from = 8};

  struct OffsetCommitRequestPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;                   ///< the next one to read
    std::int32_t committed_leader_epoch = -1;            ///< -1 unknown (KIP-320)
    std::optional<std::string> committed_metadata = "";  ///< null is stored as ""

    bool operator==(const OffsetCommitRequestPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &OffsetCommitRequestPartition::partition_index, since(0));
      v("committed_offset", &OffsetCommitRequestPartition::committed_offset, since(0));
      v("committed_leader_epoch", &OffsetCommitRequestPartition::committed_leader_epoch,
        since(6).ignorable());
      v("committed_metadata", &OffsetCommitRequestPartition::committed_metadata,
        since(0).nullable(0));
    }
  };

  struct OffsetCommitRequestTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    Uuid topic_id;  ///< instead of the name since 10 (KIP-848)
    std::vector<OffsetCommitRequestPartition> partitions;

    bool operator==(const OffsetCommitRequestTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetCommitRequestTopic::name, between(0, 9).ignorable());
      v("topic_id", &OffsetCommitRequestTopic::topic_id, since(10).ignorable());
      v("partitions", &OffsetCommitRequestTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string group_id;
  /// -1 from outside of the group; an epoch since 9 (KIP-848).
  std::int32_t generation_id_or_member_epoch = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::int64_t retention_time_ms = -1;  ///< up to 4; -1 is the default of the broker (KIP-211)
  std::vector<OffsetCommitRequestTopic> topics;

  bool operator==(const OffsetCommitRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group_id", &OffsetCommitRequest::group_id, since(0));
    v("generation_id_or_member_epoch", &OffsetCommitRequest::generation_id_or_member_epoch,
      since(1).ignorable());
    v("member_id", &OffsetCommitRequest::member_id, since(1).ignorable());
    v("group_instance_id", &OffsetCommitRequest::group_instance_id, since(7).nullable(7));
    v("retention_time_ms", &OffsetCommitRequest::retention_time_ms, between(2, 4).ignorable());
    v("topics", &OffsetCommitRequest::topics, since(0));
  }
};

struct OffsetCommitResponse {
  static constexpr MessageVersions versions{.min = 2, .max = 10, .flexible_from = 8};

  struct OffsetCommitResponsePartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const OffsetCommitResponsePartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &OffsetCommitResponsePartition::partition_index, since(0));
      v("error_code", &OffsetCommitResponsePartition::error_code, since(0));
    }
  };

  struct OffsetCommitResponseTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    Uuid topic_id;
    std::vector<OffsetCommitResponsePartition> partitions;

    bool operator==(const OffsetCommitResponseTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetCommitResponseTopic::name, between(0, 9).ignorable());
      v("topic_id", &OffsetCommitResponseTopic::topic_id, since(10).ignorable());
      v("partitions", &OffsetCommitResponseTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetCommitResponseTopic> topics;

  bool operator==(const OffsetCommitResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &OffsetCommitResponse::throttle_time_ms, since(3).ignorable());
    v("topics", &OffsetCommitResponse::topics, since(0));
  }
};

struct OffsetCommit {
  static constexpr std::int16_t key = 8;
  using Request = OffsetCommitRequest;
  using Response = OffsetCommitResponse;
};

}  // namespace kreel::protocol
