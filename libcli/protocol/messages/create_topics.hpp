#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct CreateTopicsRequest {
  static constexpr MessageVersions versions{.min = 2, .max = 7, .flexible_from = 5};

  struct CreatableReplicaAssignment {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::vector<std::int32_t> broker_ids;  ///< the first one is the preferred leader

    bool operator==(const CreatableReplicaAssignment&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &CreatableReplicaAssignment::partition_index, since(0));
      v("broker_ids", &CreatableReplicaAssignment::broker_ids, since(0));
    }
  };

  struct CreatableTopicConfig {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::optional<std::string> value = "";  ///< null is the default

    bool operator==(const CreatableTopicConfig&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &CreatableTopicConfig::name, since(0));
      v("value", &CreatableTopicConfig::value, since(0).nullable(0));
    }
  };

  struct CreatableTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::int32_t num_partitions = 0;      ///< -1 with assignments, or for the default (KIP-464)
    std::int16_t replication_factor = 0;  ///< -1 with assignments, or for the default (KIP-464)
    std::vector<CreatableReplicaAssignment> assignments;  ///< empty: the broker places the replicas
    std::vector<CreatableTopicConfig> configs;

    bool operator==(const CreatableTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &CreatableTopic::name, since(0));
      v("num_partitions", &CreatableTopic::num_partitions, since(0));
      v("replication_factor", &CreatableTopic::replication_factor, since(0));
      v("assignments", &CreatableTopic::assignments, since(0));
      v("configs", &CreatableTopic::configs, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<CreatableTopic> topics;
  std::int32_t timeout_ms = 60000;
  bool validate_only = false;

  bool operator==(const CreateTopicsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &CreateTopicsRequest::topics, since(0));
    v("timeout_ms", &CreateTopicsRequest::timeout_ms, since(0));
    v("validate_only", &CreateTopicsRequest::validate_only, since(1));
  }
};

struct CreateTopicsResponse {
  static constexpr MessageVersions versions{.min = 2, .max = 7, .flexible_from = 5};

  struct CreatableTopicConfigs {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::optional<std::string> value = "";
    bool read_only = false;
    std::int8_t config_source = -1;  ///< as in DescribeConfigs (KIP-525)
    bool is_sensitive = false;

    bool operator==(const CreatableTopicConfigs&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &CreatableTopicConfigs::name, since(5));
      v("value", &CreatableTopicConfigs::value, since(5).nullable(5));
      v("read_only", &CreatableTopicConfigs::read_only, since(5));
      v("config_source", &CreatableTopicConfigs::config_source, since(5).ignorable());
      v("is_sensitive", &CreatableTopicConfigs::is_sensitive, since(5));
    }
  };

  struct CreatableTopicResult {
    static constexpr bool kIsDescribed = true;

    std::string name;
    Uuid topic_id;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";
    /// Why configs is null: no right to see them (KIP-525).
    ErrorCode topic_config_error_code = ErrorCode::NONE;
    std::int32_t num_partitions = -1;
    std::int16_t replication_factor = -1;
    /// Null when they may not be seen (KIP-525).
    std::optional<std::vector<CreatableTopicConfigs>> configs =
        std::vector<CreatableTopicConfigs>();

    bool operator==(const CreatableTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &CreatableTopicResult::name, since(0));
      v("topic_id", &CreatableTopicResult::topic_id, since(7).ignorable());
      v("error_code", &CreatableTopicResult::error_code, since(0));
      v("error_message", &CreatableTopicResult::error_message, since(1).nullable(0).ignorable());
      v.tagged(0, "topic_config_error_code", &CreatableTopicResult::topic_config_error_code,
               since(5).ignorable());
      v("num_partitions", &CreatableTopicResult::num_partitions, since(5).ignorable());
      v("replication_factor", &CreatableTopicResult::replication_factor, since(5).ignorable());
      v("configs", &CreatableTopicResult::configs, since(5).nullable(5).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<CreatableTopicResult> topics;

  bool operator==(const CreateTopicsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &CreateTopicsResponse::throttle_time_ms, since(2).ignorable());
    v("topics", &CreateTopicsResponse::topics, since(0));
  }
};

struct CreateTopics {
  static constexpr std::int16_t key = 19;
  using Request = CreateTopicsRequest;
  using Response = CreateTopicsResponse;
};

}  // namespace kreel::protocol
