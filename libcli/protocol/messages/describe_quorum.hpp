#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeQuorumRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};

  struct TopicData {
    struct PartitionData {
      static constexpr bool kIsDescribed = true;

      std::int32_t partition_index = 0;

      bool operator==(const PartitionData&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("partition_index", &PartitionData::partition_index, since(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string topic_name;
    std::vector<PartitionData> partitions;

    bool operator==(const TopicData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic_name", &TopicData::topic_name, since(0));
      v("partitions", &TopicData::partitions, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<TopicData> topics;

  bool operator==(const DescribeQuorumRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("topics", &DescribeQuorumRequest::topics, since(0));
  }
};

struct DescribeQuorumResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};

  struct TopicData {
    struct PartitionData {
      struct ReplicaState {
        static constexpr bool kIsDescribed = true;

        std::int32_t replica_id = 0;
        Uuid replica_directory_id;
        std::int64_t log_end_offset = 0;
        std::int64_t last_fetch_timestamp = -1;
        std::int64_t last_caught_up_timestamp = -1;

        bool operator==(const ReplicaState&) const = default;

        template <class Visitor>
        static void fields(Visitor& v) {
          v("replica_id", &ReplicaState::replica_id, since(0));
          v("replica_directory_id", &ReplicaState::replica_directory_id, since(2));
          v("log_end_offset", &ReplicaState::log_end_offset, since(0));
          v("last_fetch_timestamp", &ReplicaState::last_fetch_timestamp, since(1).ignorable());
          v("last_caught_up_timestamp", &ReplicaState::last_caught_up_timestamp,
            since(1).ignorable());
        }
      };

      static constexpr bool kIsDescribed = true;

      std::int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string> error_message = "";
      std::int32_t leader_id = 0;
      std::int32_t leader_epoch = 0;
      std::int64_t high_watermark = 0;
      std::vector<ReplicaState> current_voters;
      std::vector<ReplicaState> observers;

      bool operator==(const PartitionData&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("partition_index", &PartitionData::partition_index, since(0));
        v("error_code", &PartitionData::error_code, since(0));
        v("error_message", &PartitionData::error_message, since(2).nullable(2).ignorable());
        v("leader_id", &PartitionData::leader_id, since(0));
        v("leader_epoch", &PartitionData::leader_epoch, since(0));
        v("high_watermark", &PartitionData::high_watermark, since(0));
        v("current_voters", &PartitionData::current_voters, since(0));
        v("observers", &PartitionData::observers, since(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::string topic_name;
    std::vector<PartitionData> partitions;

    bool operator==(const TopicData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic_name", &TopicData::topic_name, since(0));
      v("partitions", &TopicData::partitions, since(0));
    }
  };

  struct Node {
    struct Listener {
      static constexpr bool kIsDescribed = true;

      std::string name;
      std::string host;
      std::uint16_t port = 0;

      bool operator==(const Listener&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("name", &Listener::name, since(2));
        v("host", &Listener::host, since(2));
        v("port", &Listener::port, since(2));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::int32_t node_id = 0;
    std::vector<Listener> listeners;

    bool operator==(const Node&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("node_id", &Node::node_id, since(2));
      v("listeners", &Node::listeners, since(2));
    }
  };

  static constexpr bool kIsDescribed = true;

  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::vector<TopicData> topics;
  std::vector<Node> nodes;

  bool operator==(const DescribeQuorumResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("error_code", &DescribeQuorumResponse::error_code, since(0));
    v("error_message", &DescribeQuorumResponse::error_message, since(2).nullable(2).ignorable());
    v("topics", &DescribeQuorumResponse::topics, since(0));
    v("nodes", &DescribeQuorumResponse::nodes, since(2));
  }
};

struct DescribeQuorum {
  static constexpr std::int16_t key = 55;
  using Request = DescribeQuorumRequest;
  using Response = DescribeQuorumResponse;
};

}  // namespace kreel::protocol
