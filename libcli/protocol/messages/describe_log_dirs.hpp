#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeLogDirsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 5, .flexible_from = 2};

  struct DescribableLogDirTopic {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<std::int32_t> partitions;

    bool operator==(const DescribableLogDirTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &DescribableLogDirTopic::topic, since(0));
      v("partitions", &DescribableLogDirTopic::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  /// Null is all.
  std::optional<std::vector<DescribableLogDirTopic>> topics = std::vector<DescribableLogDirTopic>();

  bool operator==(const DescribeLogDirsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &DescribeLogDirsRequest::topics, since(0).nullable(0));
  }
};

struct DescribeLogDirsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 5, .flexible_from = 2};

  struct DescribeLogDirsPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    std::int64_t partition_size = 0;
    std::int64_t offset_lag = 0;
    bool is_future_key = false;  ///< a replica on its way from another directory (KIP-113)

    bool operator==(const DescribeLogDirsPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &DescribeLogDirsPartition::partition_index, since(0));
      v("partition_size", &DescribeLogDirsPartition::partition_size, since(0));
      v("offset_lag", &DescribeLogDirsPartition::offset_lag, since(0));
      v("is_future_key", &DescribeLogDirsPartition::is_future_key, since(0));
    }
  };

  struct DescribeLogDirsTopic {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::vector<DescribeLogDirsPartition> partitions;

    bool operator==(const DescribeLogDirsTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &DescribeLogDirsTopic::name, since(0));
      v("partitions", &DescribeLogDirsTopic::partitions, since(0));
    }
  };

  struct DescribeLogDirsResult {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::string log_dir;
    std::vector<DescribeLogDirsTopic> topics;
    std::int64_t total_bytes = -1;  ///< of the volume; -1 unknown (KIP-827)
    std::int64_t usable_bytes = -1;
    bool is_cordoned = false;  ///< takes no new partitions (KIP-1066)

    bool operator==(const DescribeLogDirsResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &DescribeLogDirsResult::error_code, since(0));
      v("log_dir", &DescribeLogDirsResult::log_dir, since(0));
      v("topics", &DescribeLogDirsResult::topics, since(0));
      v("total_bytes", &DescribeLogDirsResult::total_bytes, since(4).ignorable());
      v("usable_bytes", &DescribeLogDirsResult::usable_bytes, since(4).ignorable());
      v("is_cordoned", &DescribeLogDirsResult::is_cordoned, since(5).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<DescribeLogDirsResult> results;

  bool operator==(const DescribeLogDirsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeLogDirsResponse::throttle_time_ms, since(0));
    v("error_code", &DescribeLogDirsResponse::error_code, since(3).ignorable());
    v("results", &DescribeLogDirsResponse::results, since(0));
  }
};

struct DescribeLogDirs {
  static constexpr std::int16_t key = 35;
  using Request = DescribeLogDirsRequest;
  using Response = DescribeLogDirsResponse;
};

}  // namespace kreel::protocol
