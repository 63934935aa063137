#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ListOffsetsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 11, .flexible_from = 6};

  struct ListOffsetsPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int32_t current_leader_epoch = -1;  ///< -1 asks for no check (KIP-320)
    /// -1 latest, -2 earliest, -3 largest timestamp (7), -4 and -5 tiered (8, 9), -6 (11).
    std::int64_t timestamp = 0;

    bool operator==(const ListOffsetsPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &ListOffsetsPartition::partition_index, since(0));
      v("current_leader_epoch", &ListOffsetsPartition::current_leader_epoch, since(4).ignorable());
      v("timestamp", &ListOffsetsPartition::timestamp, since(0));
    }
  };

  struct ListOffsetsTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<ListOffsetsPartition> partitions;

    bool operator==(const ListOffsetsTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &ListOffsetsTopic::name, since(0));
      v("partitions", &ListOffsetsTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t replica_id = 0;      ///< -1 is a consumer
  std::int8_t isolation_level = 0;  ///< with 1, latest is the last stable offset (KIP-98)
  std::vector<ListOffsetsTopic> topics;
  std::int32_t timeout_ms = 0;  ///< for look-ups in tiered storage (KIP-1075)

  bool operator==(const ListOffsetsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("replica_id", &ListOffsetsRequest::replica_id, since(0));
    v("isolation_level", &ListOffsetsRequest::isolation_level, since(2));
    v("topics", &ListOffsetsRequest::topics, since(0));
    v("timeout_ms", &ListOffsetsRequest::timeout_ms, since(10).ignorable());
  }
};

struct ListOffsetsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 11, .flexible_from = 6};

  struct ListOffsetsPartitionResponse {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode error_code = ErrorCode::NONE;
    std::int64_t timestamp = -1;  ///< -1 for latest and earliest
    std::int64_t offset = -1;     ///< -1 when no record is so young
    std::int32_t leader_epoch = -1;

    bool operator==(const ListOffsetsPartitionResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &ListOffsetsPartitionResponse::partition_index, since(0));
      v("error_code", &ListOffsetsPartitionResponse::error_code, since(0));
      v("timestamp", &ListOffsetsPartitionResponse::timestamp, since(1));
      v("offset", &ListOffsetsPartitionResponse::offset, since(1));
      v("leader_epoch", &ListOffsetsPartitionResponse::leader_epoch, since(4));
    }
  };

  struct ListOffsetsTopicResponse {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<ListOffsetsPartitionResponse> partitions;

    bool operator==(const ListOffsetsTopicResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &ListOffsetsTopicResponse::name, since(0));
      v("partitions", &ListOffsetsTopicResponse::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<ListOffsetsTopicResponse> topics;

  bool operator==(const ListOffsetsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &ListOffsetsResponse::throttle_time_ms, since(2).ignorable());
    v("topics", &ListOffsetsResponse::topics, since(0));
  }
};

struct ListOffsets {
  static constexpr std::int16_t key = 2;
  using Request = ListOffsetsRequest;
  using Response = ListOffsetsResponse;
};

}  // namespace kreel::protocol
