#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct TxnOffsetCommitRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};

  struct TxnOffsetCommitRequestPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> committed_metadata = "";

    bool operator==(const TxnOffsetCommitRequestPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &TxnOffsetCommitRequestPartition::partition_index, since(0));
      v("committed_offset", &TxnOffsetCommitRequestPartition::committed_offset, since(0));
      v("committed_leader_epoch", &TxnOffsetCommitRequestPartition::committed_leader_epoch,
        since(2).ignorable());
      v("committed_metadata", &TxnOffsetCommitRequestPartition::committed_metadata,
        since(0).nullable(0));
    }
  };

  struct TxnOffsetCommitRequestTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<TxnOffsetCommitRequestPartition> partitions;

    bool operator==(const TxnOffsetCommitRequestTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &TxnOffsetCommitRequestTopic::name, between(0, 5).ignorable());
      v("partitions", &TxnOffsetCommitRequestTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string transactional_id;
  std::string group_id;
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  std::int32_t generation_id_or_member_epoch = -1;  ///< checked when given (KIP-447)
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::vector<TxnOffsetCommitRequestTopic> topics;

  bool operator==(const TxnOffsetCommitRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactional_id", &TxnOffsetCommitRequest::transactional_id, since(0));
    v("group_id", &TxnOffsetCommitRequest::group_id, since(0));
    v("producer_id", &TxnOffsetCommitRequest::producer_id, since(0));
    v("producer_epoch", &TxnOffsetCommitRequest::producer_epoch, since(0));
    v("generation_id_or_member_epoch", &TxnOffsetCommitRequest::generation_id_or_member_epoch,
      since(3));
    v("member_id", &TxnOffsetCommitRequest::member_id, since(3));
    v("group_instance_id", &TxnOffsetCommitRequest::group_instance_id, since(3).nullable(3));
    v("topics", &TxnOffsetCommitRequest::topics, since(0));
  }
};

struct TxnOffsetCommitResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};

  struct TxnOffsetCommitResponsePartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const TxnOffsetCommitResponsePartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &TxnOffsetCommitResponsePartition::partition_index, since(0));
      v("error_code", &TxnOffsetCommitResponsePartition::error_code, since(0));
    }
  };

  struct TxnOffsetCommitResponseTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<TxnOffsetCommitResponsePartition> partitions;

    bool operator==(const TxnOffsetCommitResponseTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &TxnOffsetCommitResponseTopic::name, between(0, 5).ignorable());
      v("partitions", &TxnOffsetCommitResponseTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<TxnOffsetCommitResponseTopic> topics;

  bool operator==(const TxnOffsetCommitResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &TxnOffsetCommitResponse::throttle_time_ms, since(0));
    v("topics", &TxnOffsetCommitResponse::topics, since(0));
  }
};

struct TxnOffsetCommit {
  static constexpr std::int16_t key = 28;
  using Request = TxnOffsetCommitRequest;
  using Response = TxnOffsetCommitResponse;
};

}  // namespace kreel::protocol
