#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

/// Where the next page starts. Outside of the messages: a std::optional of a nested struct with
/// member initializers cannot be constructed inside of its class (clang refuses).
struct TopicPartitionCursor {
  static constexpr bool kIsDescribed = true;

  std::string topic_name;
  std::int32_t partition_index = 0;

  bool operator==(const TopicPartitionCursor&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topic_name", &TopicPartitionCursor::topic_name, since(0));
    v("partition_index", &TopicPartitionCursor::partition_index, since(0));
  }
};

struct DescribeTopicPartitionsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct TopicRequest {
    static constexpr bool kIsDescribed = true;

    std::string name;

    bool operator==(const TopicRequest&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &TopicRequest::name, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<TopicRequest> topics;  ///< empty is all (KIP-966)
  std::int32_t response_partition_limit = 2000;
  std::optional<TopicPartitionCursor> cursor;  ///< null starts at the first topic

  bool operator==(const DescribeTopicPartitionsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &DescribeTopicPartitionsRequest::topics, since(0));
    v("response_partition_limit", &DescribeTopicPartitionsRequest::response_partition_limit,
      since(0));
    v("cursor", &DescribeTopicPartitionsRequest::cursor, since(0).nullable(0));
  }
};

struct DescribeTopicPartitionsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct DescribeTopicPartitionsResponsePartition {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::int32_t partition_index = 0;
    std::int32_t leader_id = 0;
    std::int32_t leader_epoch = -1;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::optional<std::vector<std::int32_t>> eligible_leader_replicas;  ///< null without KIP-966
    std::optional<std::vector<std::int32_t>> last_known_elr;
    std::vector<std::int32_t> offline_replicas;

    bool operator==(const DescribeTopicPartitionsResponsePartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &DescribeTopicPartitionsResponsePartition::error_code, since(0));
      v("partition_index", &DescribeTopicPartitionsResponsePartition::partition_index, since(0));
      v("leader_id", &DescribeTopicPartitionsResponsePartition::leader_id, since(0));
      v("leader_epoch", &DescribeTopicPartitionsResponsePartition::leader_epoch,
        since(0).ignorable());
      v("replica_nodes", &DescribeTopicPartitionsResponsePartition::replica_nodes, since(0));
      v("isr_nodes", &DescribeTopicPartitionsResponsePartition::isr_nodes, since(0));
      v("eligible_leader_replicas",
        &DescribeTopicPartitionsResponsePartition::eligible_leader_replicas, since(0).nullable(0));
      v("last_known_elr", &DescribeTopicPartitionsResponsePartition::last_known_elr,
        since(0).nullable(0));
      v("offline_replicas", &DescribeTopicPartitionsResponsePartition::offline_replicas,
        since(0).ignorable());
    }
  };

  struct DescribeTopicPartitionsResponseTopic {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> name = "";
    Uuid topic_id;
    bool is_internal = false;
    std::vector<DescribeTopicPartitionsResponsePartition> partitions;
    /// The default is "not asked" (KIP-430).
    std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();

    bool operator==(const DescribeTopicPartitionsResponseTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &DescribeTopicPartitionsResponseTopic::error_code, since(0));
      v("name", &DescribeTopicPartitionsResponseTopic::name, since(0).nullable(0));
      v("topic_id", &DescribeTopicPartitionsResponseTopic::topic_id, since(0).ignorable());
      v("is_internal", &DescribeTopicPartitionsResponseTopic::is_internal, since(0).ignorable());
      v("partitions", &DescribeTopicPartitionsResponseTopic::partitions, since(0));
      v("topic_authorized_operations",
        &DescribeTopicPartitionsResponseTopic::topic_authorized_operations, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<DescribeTopicPartitionsResponseTopic> topics;
  std::optional<TopicPartitionCursor> next_cursor;  ///< null: that was the last page

  bool operator==(const DescribeTopicPartitionsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeTopicPartitionsResponse::throttle_time_ms, since(0).ignorable());
    v("topics", &DescribeTopicPartitionsResponse::topics, since(0));
    v("next_cursor", &DescribeTopicPartitionsResponse::next_cursor, since(0).nullable(0));
  }
};

struct DescribeTopicPartitions {
  static constexpr std::int16_t key = 75;
  using Request = DescribeTopicPartitionsRequest;
  using Response = DescribeTopicPartitionsResponse;
};

}  // namespace kreel::protocol
