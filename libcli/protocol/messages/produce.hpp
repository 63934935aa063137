#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/records.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ProduceRequest {
  static constexpr MessageVersions versions{.min = 3, .max = 13, .flexible_from = 9};

  struct PartitionProduceData {
    static constexpr bool kIsDescribed = true;

    std::int32_t index = 0;
    Records records;  ///< exactly one batch of format 2

    bool operator==(const PartitionProduceData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("index", &PartitionProduceData::index, since(0));
      v("records", &PartitionProduceData::records, since(0).nullable(0));
    }
  };

  struct TopicProduceData {
    static constexpr bool kIsDescribed = true;

    std::string name;
    Uuid topic_id;  ///< instead of the name since 13 (KIP-516)
    std::vector<PartitionProduceData> partition_data;

    bool operator==(const TopicProduceData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &TopicProduceData::name, between(0, 12).ignorable());
      v("topic_id", &TopicProduceData::topic_id, since(13).ignorable());
      v("partition_data", &TopicProduceData::partition_data, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::optional<std::string> transactional_id;  ///< null outside of a transaction
  std::int16_t acks = 0;        ///< 0 no reply at all, 1 the leader, -1 all replicas in sync
  std::int32_t timeout_ms = 0;  ///< bounds the wait for other replicas, nothing else
  std::vector<TopicProduceData> topic_data;

  bool operator==(const ProduceRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactional_id", &ProduceRequest::transactional_id, since(3).nullable(3));
    v("acks", &ProduceRequest::acks, since(0));
    v("timeout_ms", &ProduceRequest::timeout_ms, since(0));
    v("topic_data", &ProduceRequest::topic_data, since(0));
  }
};

struct ProduceResponse {
  static constexpr MessageVersions versions{.min = 3, .max = 13, .flexible_from = 9};

  struct BatchIndexAndErrorMessage {
    static constexpr bool kIsDescribed = true;

    std::int32_t batch_index = 0;  ///< which record of the batch, from 0 (KIP-467)
    std::optional<std::string> batch_index_error_message;

    bool operator==(const BatchIndexAndErrorMessage&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("batch_index", &BatchIndexAndErrorMessage::batch_index, since(8));
      v("batch_index_error_message", &BatchIndexAndErrorMessage::batch_index_error_message,
        since(8).nullable(8));
    }
  };

  struct LeaderIdAndEpoch {
    static constexpr bool kIsDescribed = true;

    std::int32_t leader_id = -1;
    std::int32_t leader_epoch = -1;

    bool operator==(const LeaderIdAndEpoch&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("leader_id", &LeaderIdAndEpoch::leader_id, since(10));
      v("leader_epoch", &LeaderIdAndEpoch::leader_epoch, since(10));
    }
  };

  struct PartitionProduceResponse {
    static constexpr bool kIsDescribed = true;

    std::int32_t index = 0;
    ErrorCode error_code = ErrorCode::NONE;
    std::int64_t base_offset = 0;
    std::int64_t log_append_time_ms = -1;  ///< -1 unless the topic has LogAppendTime
    std::int64_t log_start_offset = -1;
    std::vector<BatchIndexAndErrorMessage> record_errors;
    std::optional<std::string> error_message;
    LeaderIdAndEpoch current_leader;  ///< set with NOT_LEADER_OR_FOLLOWER (KIP-951)

    bool operator==(const PartitionProduceResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("index", &PartitionProduceResponse::index, since(0));
      v("error_code", &PartitionProduceResponse::error_code, since(0));
      v("base_offset", &PartitionProduceResponse::base_offset, since(0));
      v("log_append_time_ms", &PartitionProduceResponse::log_append_time_ms, since(2).ignorable());
      v("log_start_offset", &PartitionProduceResponse::log_start_offset, since(5).ignorable());
      v("record_errors", &PartitionProduceResponse::record_errors, since(8).ignorable());
      v("error_message", &PartitionProduceResponse::error_message,
        since(8).nullable(8).ignorable());
      v.tagged(0, "current_leader", &PartitionProduceResponse::current_leader, since(10));
    }
  };

  struct TopicProduceResponse {
    static constexpr bool kIsDescribed = true;

    std::string name;
    Uuid topic_id;
    std::vector<PartitionProduceResponse> partition_responses;

    bool operator==(const TopicProduceResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &TopicProduceResponse::name, between(0, 12).ignorable());
      v("topic_id", &TopicProduceResponse::topic_id, since(13).ignorable());
      v("partition_responses", &TopicProduceResponse::partition_responses, since(0));
    }
  };

  struct NodeEndpoint {
    static constexpr bool kIsDescribed = true;

    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    bool operator==(const NodeEndpoint&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("node_id", &NodeEndpoint::node_id, since(10));
      v("host", &NodeEndpoint::host, since(10));
      v("port", &NodeEndpoint::port, since(10));
      v("rack", &NodeEndpoint::rack, since(10).nullable(10));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<TopicProduceResponse> responses;
  std::int32_t throttle_time_ms = 0;
  std::vector<NodeEndpoint> node_endpoints;  ///< addresses of the leaders named above (KIP-951)

  bool operator==(const ProduceResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("responses", &ProduceResponse::responses, since(0));
    v("throttle_time_ms", &ProduceResponse::throttle_time_ms, since(1).ignorable());
    v.tagged(0, "node_endpoints", &ProduceResponse::node_endpoints, since(10));
  }
};

struct Produce {
  static constexpr std::int16_t key = 0;
  using Request = ProduceRequest;
  using Response = ProduceResponse;
};

}  // namespace kreel::protocol
