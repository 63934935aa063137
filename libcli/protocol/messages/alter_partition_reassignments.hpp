#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct AlterPartitionReassignmentsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};

  struct ReassignableTopic {
    struct ReassignablePartition {
      static constexpr bool kIsDescribed = true;

      std::int32_t partition_index = 0;
      std::optional<std::vector<std::int32_t>> replicas;  ///< null: ends what is under way

      bool operator==(const ReassignablePartition&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("partition_index", &ReassignablePartition::partition_index, since(0));
        v("replicas", &ReassignablePartition::replicas, since(0).nullable(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<ReassignablePartition> partitions;

    bool operator==(const ReassignableTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &ReassignableTopic::name, since(0));
      v("partitions", &ReassignableTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t timeout_ms = 60'000;
  bool allow_replication_factor_change = true;
  std::vector<ReassignableTopic> topics;

  bool operator==(const AlterPartitionReassignmentsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("timeout_ms", &AlterPartitionReassignmentsRequest::timeout_ms, since(0));
    v("allow_replication_factor_change",
      &AlterPartitionReassignmentsRequest::allow_replication_factor_change, since(1));
    v("topics", &AlterPartitionReassignmentsRequest::topics, since(0));
  }
};

struct AlterPartitionReassignmentsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};

  struct ReassignableTopicResponse {
    struct ReassignablePartitionResponse {
      static constexpr bool kIsDescribed = true;

      std::int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string> error_message = "";

      bool operator==(const ReassignablePartitionResponse&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("partition_index", &ReassignablePartitionResponse::partition_index, since(0));
        v("error_code", &ReassignablePartitionResponse::error_code, since(0));
        v("error_message", &ReassignablePartitionResponse::error_message, since(0).nullable(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<ReassignablePartitionResponse> partitions;

    bool operator==(const ReassignableTopicResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &ReassignableTopicResponse::name, since(0));
      v("partitions", &ReassignableTopicResponse::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  bool allow_replication_factor_change = true;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::vector<ReassignableTopicResponse> responses;

  bool operator==(const AlterPartitionReassignmentsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &AlterPartitionReassignmentsResponse::throttle_time_ms, since(0));
    v("allow_replication_factor_change",
      &AlterPartitionReassignmentsResponse::allow_replication_factor_change, since(1).ignorable());
    v("error_code", &AlterPartitionReassignmentsResponse::error_code, since(0));
    v("error_message", &AlterPartitionReassignmentsResponse::error_message, since(0).nullable(0));
    v("responses", &AlterPartitionReassignmentsResponse::responses, since(0));
  }
};

struct AlterPartitionReassignments {
  static constexpr std::int16_t key = 45;
  using Request = AlterPartitionReassignmentsRequest;
  using Response = AlterPartitionReassignmentsResponse;
};

}  // namespace kreel::protocol
