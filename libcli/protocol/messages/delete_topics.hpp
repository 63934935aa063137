#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DeleteTopicsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 6, .flexible_from = 4};

  struct DeleteTopicState {
    static constexpr bool kIsDescribed = true;

    std::optional<std::string> name;  ///< null when deleted by id (KIP-516)
    Uuid topic_id;

    bool operator==(const DeleteTopicState&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &DeleteTopicState::name, since(6).nullable(6));
      v("topic_id", &DeleteTopicState::topic_id, since(6));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<DeleteTopicState> topics;  ///< since 6, topic_names before
  std::vector<std::string> topic_names;
  std::int32_t timeout_ms = 0;

  bool operator==(const DeleteTopicsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &DeleteTopicsRequest::topics, since(6));
    v("topic_names", &DeleteTopicsRequest::topic_names, between(0, 5).ignorable());
    v("timeout_ms", &DeleteTopicsRequest::timeout_ms, since(0));
  }
};

struct DeleteTopicsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 6, .flexible_from = 4};

  struct DeletableTopicResult {
    static constexpr bool kIsDescribed = true;

    std::optional<std::string> name = "";  ///< null for an id that is not known
    Uuid topic_id;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message;

    bool operator==(const DeletableTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &DeletableTopicResult::name, since(0).nullable(6));
      v("topic_id", &DeletableTopicResult::topic_id, since(6).ignorable());
      v("error_code", &DeletableTopicResult::error_code, since(0));
      v("error_message", &DeletableTopicResult::error_message, since(5).nullable(5).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<DeletableTopicResult> responses;

  bool operator==(const DeleteTopicsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DeleteTopicsResponse::throttle_time_ms, since(1).ignorable());
    v("responses", &DeleteTopicsResponse::responses, since(0));
  }
};

struct DeleteTopics {
  static constexpr std::int16_t key = 20;
  using Request = DeleteTopicsRequest;
  using Response = DeleteTopicsResponse;
};

}  // namespace kreel::protocol
