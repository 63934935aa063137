#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct OffsetFetchRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 10, .flexible_from = 6};

  struct OffsetFetchRequestTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<std::int32_t> partition_indexes;

    bool operator==(const OffsetFetchRequestTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetFetchRequestTopic::name, between(0, 7));
      v("partition_indexes", &OffsetFetchRequestTopic::partition_indexes, between(0, 7));
    }
  };

  struct OffsetFetchRequestTopics {
    static constexpr bool kIsDescribed = true;

    std::string name;
    Uuid topic_id;
    std::vector<std::int32_t> partition_indexes;

    bool operator==(const OffsetFetchRequestTopics&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetFetchRequestTopics::name, between(8, 9).ignorable());
      v("topic_id", &OffsetFetchRequestTopics::topic_id, since(10).ignorable());
      v("partition_indexes", &OffsetFetchRequestTopics::partition_indexes, since(8));
    }
  };

  struct OffsetFetchRequestGroup {
    static constexpr bool kIsDescribed = true;

    std::string group_id;
    /// Null and epoch -1 from outside of the group (KIP-848).
    std::optional<std::string> member_id;
    std::int32_t member_epoch = -1;
    /// Null is all.
    std::optional<std::vector<OffsetFetchRequestTopics>> topics =
        std::vector<OffsetFetchRequestTopics>();

    bool operator==(const OffsetFetchRequestGroup&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("group_id", &OffsetFetchRequestGroup::group_id, since(8));
      v("member_id", &OffsetFetchRequestGroup::member_id, since(9).nullable(9).ignorable());
      v("member_epoch", &OffsetFetchRequestGroup::member_epoch, since(9).ignorable());
      v("topics", &OffsetFetchRequestGroup::topics, since(8).nullable(8));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string group_id;  ///< up to 7; groups since 8 (KIP-709)
  /// Up to version 7; null, since 2, is all.
  std::optional<std::vector<OffsetFetchRequestTopic>> topics =
      std::vector<OffsetFetchRequestTopic>();
  std::vector<OffsetFetchRequestGroup> groups;
  bool require_stable = false;  ///< UNSTABLE_OFFSET_COMMIT while a transaction is open (KIP-447)

  bool operator==(const OffsetFetchRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group_id", &OffsetFetchRequest::group_id, between(0, 7));
    v("topics", &OffsetFetchRequest::topics, between(0, 7).nullable(2));
    v("groups", &OffsetFetchRequest::groups, since(8));
    v("require_stable", &OffsetFetchRequest::require_stable, since(7));
  }
};

struct OffsetFetchResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 10, .flexible_from = 6};

  struct OffsetFetchResponsePartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;  ///< -1 when nothing was committed
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> metadata = "";
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const OffsetFetchResponsePartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &OffsetFetchResponsePartition::partition_index, between(0, 7));
      v("committed_offset", &OffsetFetchResponsePartition::committed_offset, between(0, 7));
      v("committed_leader_epoch", &OffsetFetchResponsePartition::committed_leader_epoch,
        between(5, 7).ignorable());
      v("metadata", &OffsetFetchResponsePartition::metadata, between(0, 7).nullable(0));
      v("error_code", &OffsetFetchResponsePartition::error_code, between(0, 7));
    }
  };

  struct OffsetFetchResponseTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<OffsetFetchResponsePartition> partitions;

    bool operator==(const OffsetFetchResponseTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetFetchResponseTopic::name, between(0, 7));
      v("partitions", &OffsetFetchResponseTopic::partitions, between(0, 7));
    }
  };

  struct OffsetFetchResponsePartitions {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;  ///< -1 when nothing was committed
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> metadata = "";
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const OffsetFetchResponsePartitions&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &OffsetFetchResponsePartitions::partition_index, since(8));
      v("committed_offset", &OffsetFetchResponsePartitions::committed_offset, since(8));
      v("committed_leader_epoch", &OffsetFetchResponsePartitions::committed_leader_epoch,
        since(8).ignorable());
      v("metadata", &OffsetFetchResponsePartitions::metadata, since(8).nullable(8));
      v("error_code", &OffsetFetchResponsePartitions::error_code, since(8));
    }
  };

  struct OffsetFetchResponseTopics {
    static constexpr bool kIsDescribed = true;

    std::string name;
    Uuid topic_id;
    std::vector<OffsetFetchResponsePartitions> partitions;

    bool operator==(const OffsetFetchResponseTopics&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &OffsetFetchResponseTopics::name, between(8, 9).ignorable());
      v("topic_id", &OffsetFetchResponseTopics::topic_id, since(10).ignorable());
      v("partitions", &OffsetFetchResponseTopics::partitions, since(8));
    }
  };

  struct OffsetFetchResponseGroup {
    static constexpr bool kIsDescribed = true;

    std::string group_id;
    std::vector<OffsetFetchResponseTopics> topics;
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const OffsetFetchResponseGroup&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("group_id", &OffsetFetchResponseGroup::group_id, since(8));
      v("topics", &OffsetFetchResponseGroup::topics, since(8));
      v("error_code", &OffsetFetchResponseGroup::error_code, since(8));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<OffsetFetchResponseTopic> topics;
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<OffsetFetchResponseGroup> groups;

  bool operator==(const OffsetFetchResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &OffsetFetchResponse::throttle_time_ms, since(3).ignorable());
    v("topics", &OffsetFetchResponse::topics, between(0, 7));
    v("error_code", &OffsetFetchResponse::error_code, between(2, 7).ignorable());
    v("groups", &OffsetFetchResponse::groups, since(8));
  }
};

struct OffsetFetch {
  static constexpr std::int16_t key = 9;
  using Request = OffsetFetchRequest;
  using Response = OffsetFetchResponse;
};

}  // namespace kreel::protocol
