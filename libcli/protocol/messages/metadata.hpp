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

struct MetadataRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 13, .flexible_from = 9};

  struct MetadataRequestTopic {
    static constexpr bool kIsDescribed = true;

    Uuid topic_id;                         ///< since 10 (KIP-516); zero when asked by name
    std::optional<std::string> name = "";  ///< null when asked by id

    bool operator==(const MetadataRequestTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic_id", &MetadataRequestTopic::topic_id, since(10).ignorable());
      v("name", &MetadataRequestTopic::name, since(0).nullable(10));
    }
  };

  static constexpr bool kIsDescribed = true;

  /// Null is all topics; in version 0 an empty array is.
  std::optional<std::vector<MetadataRequestTopic>> topics = std::vector<MetadataRequestTopic>();
  bool allow_auto_topic_creation = true;  ///< and auto.create.topics.enable (KIP-361)
  /// Moved to DescribeCluster after 10 (KIP-700).
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;

  bool operator==(const MetadataRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &MetadataRequest::topics, since(0).nullable(1));
    v("allow_auto_topic_creation", &MetadataRequest::allow_auto_topic_creation, since(4));
    v("include_cluster_authorized_operations",
      &MetadataRequest::include_cluster_authorized_operations, between(8, 10));
    v("include_topic_authorized_operations", &MetadataRequest::include_topic_authorized_operations,
      since(8));
  }
};

struct MetadataResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 13, .flexible_from = 9};

  struct MetadataResponseBroker {
    static constexpr bool kIsDescribed = true;

    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    bool operator==(const MetadataResponseBroker&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("node_id", &MetadataResponseBroker::node_id, since(0));
      v("host", &MetadataResponseBroker::host, since(0));
      v("port", &MetadataResponseBroker::port, since(0));
      v("rack", &MetadataResponseBroker::rack, since(1).nullable(1).ignorable());
    }
  };

  struct MetadataResponsePartition {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::int32_t partition_index = 0;
    std::int32_t leader_id = 0;  ///< -1 when there is none
    std::int32_t leader_epoch = -1;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::vector<std::int32_t> offline_replicas;

    bool operator==(const MetadataResponsePartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &MetadataResponsePartition::error_code, since(0));
      v("partition_index", &MetadataResponsePartition::partition_index, since(0));
      v("leader_id", &MetadataResponsePartition::leader_id, since(0));
      v("leader_epoch", &MetadataResponsePartition::leader_epoch, since(7).ignorable());
      v("replica_nodes", &MetadataResponsePartition::replica_nodes, since(0));
      v("isr_nodes", &MetadataResponsePartition::isr_nodes, since(0));
      v("offline_replicas", &MetadataResponsePartition::offline_replicas, since(5).ignorable());
    }
  };

  struct MetadataResponseTopic {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> name = "";  ///< null for an id that is not known
    Uuid topic_id;
    bool is_internal = false;
    std::vector<MetadataResponsePartition> partitions;
    /// Bits by operation; the default is "not asked" (KIP-430).
    std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();

    bool operator==(const MetadataResponseTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &MetadataResponseTopic::error_code, since(0));
      v("name", &MetadataResponseTopic::name, since(0).nullable(12));
      v("topic_id", &MetadataResponseTopic::topic_id, since(10).ignorable());
      v("is_internal", &MetadataResponseTopic::is_internal, since(1).ignorable());
      v("partitions", &MetadataResponseTopic::partitions, since(0));
      v("topic_authorized_operations", &MetadataResponseTopic::topic_authorized_operations,
        since(8));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<MetadataResponseBroker> brokers;
  std::optional<std::string> cluster_id;
  std::int32_t controller_id = -1;  ///< any listed broker: admin clients send changes there
  std::vector<MetadataResponseTopic> topics;
  /// Bits by operation; the default is "not asked" (KIP-430).
  std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();
  ErrorCode error_code = ErrorCode::NONE;  ///< REBOOTSTRAP_REQUIRED (KIP-1102)

  bool operator==(const MetadataResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &MetadataResponse::throttle_time_ms, since(3).ignorable());
    v("brokers", &MetadataResponse::brokers, since(0));
    v("cluster_id", &MetadataResponse::cluster_id, since(2).nullable(2).ignorable());
    v("controller_id", &MetadataResponse::controller_id, since(1).ignorable());
    v("topics", &MetadataResponse::topics, since(0));
    v("cluster_authorized_operations", &MetadataResponse::cluster_authorized_operations,
      between(8, 10));
    v("error_code", &MetadataResponse::error_code, since(13).ignorable());
  }
};

struct Metadata {
  static constexpr std::int16_t key = 3;
  using Request = MetadataRequest;
  using Response = MetadataResponse;
};

}  // namespace kreel::protocol
