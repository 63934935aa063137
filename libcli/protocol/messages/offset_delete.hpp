#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct OffsetDeleteRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 0};

  struct OffsetDeleteRequestPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;

    bool operator==(const OffsetDeleteRequestPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &OffsetDeleteRequestPartition::partition_index, since(0));
    }
  };

  struct OffsetDeleteRequestTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<OffsetDeleteRequestPartition> partitions;

    bool operator==(const OffsetDeleteRequestTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetDeleteRequestTopic::name, since(0));
      v("partitions", &OffsetDeleteRequestTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string group_id;
  std::vector<OffsetDeleteRequestTopic> topics;

  bool operator==(const OffsetDeleteRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group_id", &OffsetDeleteRequest::group_id, since(0));
    v("topics", &OffsetDeleteRequest::topics, since(0));
  }
};

struct OffsetDeleteResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 0};

  struct OffsetDeleteResponsePartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode error_code = ErrorCode::NONE;  ///< GROUP_SUBSCRIBED_TO_TOPIC (KIP-496)

    bool operator==(const OffsetDeleteResponsePartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &OffsetDeleteResponsePartition::partition_index, since(0));
      v("error_code", &OffsetDeleteResponsePartition::error_code, since(0));
    }
  };

  struct OffsetDeleteResponseTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<OffsetDeleteResponsePartition> partitions;

    bool operator==(const OffsetDeleteResponseTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetDeleteResponseTopic::name, since(0));
      v("partitions", &OffsetDeleteResponseTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  ErrorCode error_code = ErrorCode::NONE;
  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetDeleteResponseTopic> topics;

  bool operator==(const OffsetDeleteResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("error_code", &OffsetDeleteResponse::error_code, since(0));
    v("throttle_time_ms", &OffsetDeleteResponse::throttle_time_ms, since(0).ignorable());
    v("topics", &OffsetDeleteResponse::topics, since(0));
  }
};

struct OffsetDelete {
  static constexpr std::int16_t key = 47;
  using Request = OffsetDeleteRequest;
  using Response = OffsetDeleteResponse;
};

}  // namespace kreel::protocol
