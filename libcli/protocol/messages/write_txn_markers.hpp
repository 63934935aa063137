#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct WriteTxnMarkersRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 2, .flexible_from = 1};

  struct WritableTxnMarkerTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<std::int32_t> partition_indexes;

    bool operator==(const WritableTxnMarkerTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &WritableTxnMarkerTopic::name, since(0));
      v("partition_indexes", &WritableTxnMarkerTopic::partition_indexes, since(0));
    }
  };

  struct WritableTxnMarker {
    static constexpr bool kIsDescribed = true;

    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    bool transaction_result = false;  ///< true commits
    std::vector<WritableTxnMarkerTopic> topics;
    std::int32_t coordinator_epoch = 0;
    std::int8_t transaction_version = 0;  ///< 2: the epoch must be above the last one (KIP-1228)

    bool operator==(const WritableTxnMarker&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("producer_id", &WritableTxnMarker::producer_id, since(0));
      v("producer_epoch", &WritableTxnMarker::producer_epoch, since(0));
      v("transaction_result", &WritableTxnMarker::transaction_result, since(0));
      v("topics", &WritableTxnMarker::topics, since(0));
      v("coordinator_epoch", &WritableTxnMarker::coordinator_epoch, since(0));
      v("transaction_version", &WritableTxnMarker::transaction_version, since(2).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<WritableTxnMarker> markers;

  bool operator==(const WriteTxnMarkersRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("markers", &WriteTxnMarkersRequest::markers, since(0));
  }
};

struct WriteTxnMarkersResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 2, .flexible_from = 1};

  struct WritableTxnMarkerPartitionResult {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const WritableTxnMarkerPartitionResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &WritableTxnMarkerPartitionResult::partition_index, since(0));
      v("error_code", &WritableTxnMarkerPartitionResult::error_code, since(0));
    }
  };

  struct WritableTxnMarkerTopicResult {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<WritableTxnMarkerPartitionResult> partitions;

    bool operator==(const WritableTxnMarkerTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &WritableTxnMarkerTopicResult::name, since(0));
      v("partitions", &WritableTxnMarkerTopicResult::partitions, since(0));
    }
  };

  struct WritableTxnMarkerResult {
    static constexpr bool kIsDescribed = true;

    std::int64_t producer_id = 0;
    std::vector<WritableTxnMarkerTopicResult> topics;

    bool operator==(const WritableTxnMarkerResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("producer_id", &WritableTxnMarkerResult::producer_id, since(0));
      v("topics", &WritableTxnMarkerResult::topics, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<WritableTxnMarkerResult> markers;

  bool operator==(const WriteTxnMarkersResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("markers", &WriteTxnMarkersResponse::markers, since(0));
  }
};

struct WriteTxnMarkers {
  static constexpr std::int16_t key = 27;
  using Request = WriteTxnMarkersRequest;
  using Response = WriteTxnMarkersResponse;
};

}  // namespace kreel::protocol
