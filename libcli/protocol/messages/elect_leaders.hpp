#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ElectLeadersRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};

  struct TopicPartitions {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<std::int32_t> partitions;

    bool operator==(const TopicPartitions&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &TopicPartitions::topic, since(0));
      v("partitions", &TopicPartitions::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int8_t election_type = 0;  ///< 0 preferred, 1 unclean (KIP-460)
  /// Null is all.
  std::optional<std::vector<TopicPartitions>> topic_partitions = std::vector<TopicPartitions>();
  std::int32_t timeout_ms = 60'000;

  bool operator==(const ElectLeadersRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("election_type", &ElectLeadersRequest::election_type, since(1));
    v("topic_partitions", &ElectLeadersRequest::topic_partitions, since(0).nullable(0));
    v("timeout_ms", &ElectLeadersRequest::timeout_ms, since(0));
  }
};

struct ElectLeadersResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};

  struct ReplicaElectionResult {
    struct PartitionResult {
      static constexpr bool kIsDescribed = true;

      std::int32_t partition_id = 0;
      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string> error_message = "";

      bool operator==(const PartitionResult&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("partition_id", &PartitionResult::partition_id, since(0));
        v("error_code", &PartitionResult::error_code, since(0));
        v("error_message", &PartitionResult::error_message, since(0).nullable(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<PartitionResult> partition_result;

    bool operator==(const ReplicaElectionResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &ReplicaElectionResult::topic, since(0));
      v("partition_result", &ReplicaElectionResult::partition_result, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<ReplicaElectionResult> replica_election_results;

  bool operator==(const ElectLeadersResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &ElectLeadersResponse::throttle_time_ms, since(0));
    v("error_code", &ElectLeadersResponse::error_code, since(1));
    v("replica_election_results", &ElectLeadersResponse::replica_election_results, since(0));
  }
};

struct ElectLeaders {
  static constexpr std::int16_t key = 43;
  using Request = ElectLeadersRequest;
  using Response = ElectLeadersResponse;
};

}  // namespace kreel::protocol
