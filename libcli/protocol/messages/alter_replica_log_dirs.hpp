#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct AlterReplicaLogDirsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 2, .flexible_from = 2};

  struct AlterReplicaLogDir {
    struct AlterReplicaLogDirTopic {
      static constexpr bool kIsDescribed = true;

      std::string name;
      std::vector<std::int32_t> partitions;

      bool operator==(const AlterReplicaLogDirTopic&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("name", &AlterReplicaLogDirTopic::name, since(0));
        v("partitions", &AlterReplicaLogDirTopic::partitions, since(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string path;
    std::vector<AlterReplicaLogDirTopic> topics;

    bool operator==(const AlterReplicaLogDir&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("path", &AlterReplicaLogDir::path, since(0));
      v("topics", &AlterReplicaLogDir::topics, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<AlterReplicaLogDir> dirs;

  bool operator==(const AlterReplicaLogDirsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("dirs", &AlterReplicaLogDirsRequest::dirs, since(0));
  }
};

struct AlterReplicaLogDirsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 2, .flexible_from = 2};

  struct AlterReplicaLogDirTopicResult {
    struct AlterReplicaLogDirPartitionResult {
      static constexpr bool kIsDescribed = true;

      std::int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;

      bool operator==(const AlterReplicaLogDirPartitionResult&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("partition_index", &AlterReplicaLogDirPartitionResult::partition_index, since(0));
        v("error_code", &AlterReplicaLogDirPartitionResult::error_code, since(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string topic_name;
    std::vector<AlterReplicaLogDirPartitionResult> partitions;

    bool operator==(const AlterReplicaLogDirTopicResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic_name", &AlterReplicaLogDirTopicResult::topic_name, since(0));
      v("partitions", &AlterReplicaLogDirTopicResult::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<AlterReplicaLogDirTopicResult> results;

  bool operator==(const AlterReplicaLogDirsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &AlterReplicaLogDirsResponse::throttle_time_ms, since(0));
    v("results", &AlterReplicaLogDirsResponse::results, since(0));
  }
};

struct AlterReplicaLogDirs {
  static constexpr std::int16_t key = 34;
  using Request = AlterReplicaLogDirsRequest;
  using Response = AlterReplicaLogDirsResponse;
};

}  // namespace kreel::protocol
