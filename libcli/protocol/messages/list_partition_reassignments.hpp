#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ListPartitionReassignmentsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct ListPartitionReassignmentsTopics {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<std::int32_t> partition_indexes;

    bool operator==(const ListPartitionReassignmentsTopics&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &ListPartitionReassignmentsTopics::name, since(0));
      v("partition_indexes", &ListPartitionReassignmentsTopics::partition_indexes, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t timeout_ms = 60'000;
  /// Null is all.
  std::optional<std::vector<ListPartitionReassignmentsTopics>> topics;

  bool operator==(const ListPartitionReassignmentsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("timeout_ms", &ListPartitionReassignmentsRequest::timeout_ms, since(0));
    v("topics", &ListPartitionReassignmentsRequest::topics, since(0).nullable(0));
  }
};

struct ListPartitionReassignmentsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct OngoingTopicReassignment {
    struct OngoingPartitionReassignment {
      static constexpr bool kIsDescribed = true;

      std::int32_t partition_index = 0;
      std::vector<std::int32_t> replicas;
      std::vector<std::int32_t> adding_replicas;
      std::vector<std::int32_t> removing_replicas;

      bool operator==(const OngoingPartitionReassignment&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("partition_index", &OngoingPartitionReassignment::partition_index, since(0));
        v("replicas", &OngoingPartitionReassignment::replicas, since(0));
        v("adding_replicas", &OngoingPartitionReassignment::adding_replicas, since(0));
        v("removing_replicas", &OngoingPartitionReassignment::removing_replicas, since(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<OngoingPartitionReassignment> partitions;

    bool operator==(const OngoingTopicReassignment&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OngoingTopicReassignment::name, since(0));
      v("partitions", &OngoingTopicReassignment::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::vector<OngoingTopicReassignment> topics;

  bool operator==(const ListPartitionReassignmentsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &ListPartitionReassignmentsResponse::throttle_time_ms, since(0));
    v("error_code", &ListPartitionReassignmentsResponse::error_code, since(0));
    v("error_message", &ListPartitionReassignmentsResponse::error_message, since(0).nullable(0));
    v("topics", &ListPartitionReassignmentsResponse::topics, since(0));
  }
};

struct ListPartitionReassignments {
  static constexpr std::int16_t key = 46;
  using Request = ListPartitionReassignmentsRequest;
  using Response = ListPartitionReassignmentsResponse;
};

}  // namespace kreel::protocol
