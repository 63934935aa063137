#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeProducersRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct TopicRequest {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<std::int32_t> partition_indexes;

    bool operator==(const TopicRequest&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &TopicRequest::name, since(0));
      v("partition_indexes", &TopicRequest::partition_indexes, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<TopicRequest> topics;

  bool operator==(const DescribeProducersRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &DescribeProducersRequest::topics, since(0));
  }
};

struct DescribeProducersResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct ProducerState {
    static constexpr bool kIsDescribed = true;

    std::int64_t producer_id = 0;
    std::int32_t producer_epoch = 0;  ///< wider than elsewhere (KIP-664)
    std::int32_t last_sequence = -1;
    std::int64_t last_timestamp = -1;
    std::int32_t coordinator_epoch = 0;
    std::int64_t current_txn_start_offset = -1;  ///< -1 outside of a transaction

    bool operator==(const ProducerState&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("producer_id", &ProducerState::producer_id, since(0));
      v("producer_epoch", &ProducerState::producer_epoch, since(0));
      v("last_sequence", &ProducerState::last_sequence, since(0));
      v("last_timestamp", &ProducerState::last_timestamp, since(0));
      v("coordinator_epoch", &ProducerState::coordinator_epoch, since(0));
      v("current_txn_start_offset", &ProducerState::current_txn_start_offset, since(0));
    }
  };

  struct PartitionResponse {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message;
    std::vector<ProducerState> active_producers;

    bool operator==(const PartitionResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &PartitionResponse::partition_index, since(0));
      v("error_code", &PartitionResponse::error_code, since(0));
      v("error_message", &PartitionResponse::error_message, since(0).nullable(0));
      v("active_producers", &PartitionResponse::active_producers, since(0));
    }
  };

  struct TopicResponse {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<PartitionResponse> partitions;

    bool operator==(const TopicResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &TopicResponse::name, since(0));
      v("partitions", &TopicResponse::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<TopicResponse> topics;

  bool operator==(const DescribeProducersResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeProducersResponse::throttle_time_ms, since(0));
    v("topics", &DescribeProducersResponse::topics, since(0));
  }
};

struct DescribeProducers {
  static constexpr std::int16_t key = 61;
  using Request = DescribeProducersRequest;
  using Response = DescribeProducersResponse;
};

}  // namespace kreel::protocol
