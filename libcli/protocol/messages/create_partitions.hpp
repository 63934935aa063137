#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct CreatePartitionsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 3, .flexible_from = 2};

  struct CreatePartitionsAssignment {
    static constexpr bool kIsDescribed = true;

    std::vector<std::int32_t> broker_ids;

    bool operator==(const CreatePartitionsAssignment&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("broker_ids", &CreatePartitionsAssignment::broker_ids, since(0));
    }
  };

  struct CreatePartitionsTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::int32_t count = 0;  ///< the new total, not what is added (KIP-195)
    /// Null: the broker places the replicas.
    std::optional<std::vector<CreatePartitionsAssignment>> assignments =
        std::vector<CreatePartitionsAssignment>();

    bool operator==(const CreatePartitionsTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &CreatePartitionsTopic::name, since(0));
      v("count", &CreatePartitionsTopic::count, since(0));
      v("assignments", &CreatePartitionsTopic::assignments, since(0).nullable(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<CreatePartitionsTopic> topics;
  std::int32_t timeout_ms = 0;
  bool validate_only = false;

  bool operator==(const CreatePartitionsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &CreatePartitionsRequest::topics, since(0));
    v("timeout_ms", &CreatePartitionsRequest::timeout_ms, since(0));
    v("validate_only", &CreatePartitionsRequest::validate_only, since(0));
  }
};

struct CreatePartitionsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 3, .flexible_from = 2};

  struct CreatePartitionsTopicResult {
    static constexpr bool kIsDescribed = true;

    std::string name;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message;

    bool operator==(const CreatePartitionsTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &CreatePartitionsTopicResult::name, since(0));
      v("error_code", &CreatePartitionsTopicResult::error_code, since(0));
      v("error_message", &CreatePartitionsTopicResult::error_message, since(0).nullable(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<CreatePartitionsTopicResult> results;

  bool operator==(const CreatePartitionsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &CreatePartitionsResponse::throttle_time_ms, since(0));
    v("results", &CreatePartitionsResponse::results, since(0));
  }
};

struct CreatePartitions {
  static constexpr std::int16_t key = 37;
  using Request = CreatePartitionsRequest;
  using Response = CreatePartitionsResponse;
};

}  // namespace kreel::protocol
