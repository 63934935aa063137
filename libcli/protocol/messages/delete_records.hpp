#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/records.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DeleteRecordsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};

  struct DeleteRecordsPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int64_t offset = 0;  ///< first one to keep; -1 is the high watermark (KIP-107)

    bool operator==(const DeleteRecordsPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &DeleteRecordsPartition::partition_index, since(0));
      v("offset", &DeleteRecordsPartition::offset, since(0));
    }
  };

  struct DeleteRecordsTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<DeleteRecordsPartition> partitions;

    bool operator==(const DeleteRecordsTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &DeleteRecordsTopic::name, since(0));
      v("partitions", &DeleteRecordsTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<DeleteRecordsTopic> topics;
  std::int32_t timeout_ms = 0;

  bool operator==(const DeleteRecordsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &DeleteRecordsRequest::topics, since(0));
    v("timeout_ms", &DeleteRecordsRequest::timeout_ms, since(0));
  }
};

struct DeleteRecordsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};

  struct DeleteRecordsPartitionResult {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int64_t low_watermark = 0;  ///< the new log start
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const DeleteRecordsPartitionResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &DeleteRecordsPartitionResult::partition_index, since(0));
      v("low_watermark", &DeleteRecordsPartitionResult::low_watermark, since(0));
      v("error_code", &DeleteRecordsPartitionResult::error_code, since(0));
    }
  };

  struct DeleteRecordsTopicResult {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<DeleteRecordsPartitionResult> partitions;

    bool operator==(const DeleteRecordsTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &DeleteRecordsTopicResult::name, since(0));
      v("partitions", &DeleteRecordsTopicResult::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<DeleteRecordsTopicResult> topics;

  bool operator==(const DeleteRecordsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DeleteRecordsResponse::throttle_time_ms, since(0));
    v("topics", &DeleteRecordsResponse::topics, since(0));
  }
};

struct DeleteRecords {
  static constexpr std::int16_t key = 21;
  using Request = DeleteRecordsRequest;
  using Response = DeleteRecordsResponse;
};

}  // namespace kreel::protocol
