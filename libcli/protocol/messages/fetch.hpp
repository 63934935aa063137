#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "protocol/error_code.hpp"
#include "protocol/records.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct FetchRequest {
  static constexpr MessageVersions versions{.min = 4, .max = 18, .flexible_from = 12};

  struct ReplicaState {
    static constexpr bool kIsDescribed = true;

    std::int32_t replica_id = -1;  ///< -1 is a consumer
    std::int64_t replica_epoch = -1;

    bool operator==(const ReplicaState&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("replica_id", &ReplicaState::replica_id, since(15));
      v("replica_epoch", &ReplicaState::replica_epoch, since(15));
    }
  };

  struct FetchPartition {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition = 0;
    std::int32_t current_leader_epoch = -1;  ///< -1 asks for no check (KIP-320)
    std::int64_t fetch_offset = 0;
    std::int32_t last_fetched_epoch = -1;  ///< followers alone (KIP-595)
    std::int64_t log_start_offset = -1;    ///< followers alone: -1 from a consumer
    std::int32_t partition_max_bytes = 0;
    Uuid replica_directory_id;  ///< followers alone (KIP-853)
    /// What a follower knows; the default is "unknown" (KIP-1166).
    std::int64_t high_watermark = std::numeric_limits<std::int64_t>::max();

    bool operator==(const FetchPartition&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition", &FetchPartition::partition, since(0));
      v("current_leader_epoch", &FetchPartition::current_leader_epoch, since(9).ignorable());
      v("fetch_offset", &FetchPartition::fetch_offset, since(0));
      v("last_fetched_epoch", &FetchPartition::last_fetched_epoch, since(12));
      v("log_start_offset", &FetchPartition::log_start_offset, since(5).ignorable());
      v("partition_max_bytes", &FetchPartition::partition_max_bytes, since(0));
      v.tagged(0, "replica_directory_id", &FetchPartition::replica_directory_id,
               since(17).ignorable());
      v.tagged(1, "high_watermark", &FetchPartition::high_watermark, since(18).ignorable());
    }
  };

  struct FetchTopic {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    Uuid topic_id;  ///< instead of the name since 13 (KIP-516)
    std::vector<FetchPartition> partitions;

    bool operator==(const FetchTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &FetchTopic::topic, between(0, 12).ignorable());
      v("topic_id", &FetchTopic::topic_id, since(13).ignorable());
      v("partitions", &FetchTopic::partitions, since(0));
    }
  };

  struct ForgottenTopic {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    Uuid topic_id;
    std::vector<std::int32_t> partitions;  ///< to drop from the session (KIP-227)

    bool operator==(const ForgottenTopic&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &ForgottenTopic::topic, between(7, 12).ignorable());
      v("topic_id", &ForgottenTopic::topic_id, since(13).ignorable());
      v("partitions", &ForgottenTopic::partitions, since(7));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::optional<std::string> cluster_id;
  std::int32_t replica_id = -1;  ///< -1 is a consumer; replica_state since 15 (KIP-903)
  ReplicaState replica_state;
  std::int32_t max_wait_ms = 0;
  std::int32_t min_bytes = 0;  ///< wait until there is as much, at most max_wait_ms
  /// Of the reply; a first batch that is larger is sent all the same.
  std::int32_t max_bytes = std::numeric_limits<std::int32_t>::max();
  std::int8_t isolation_level = 0;  ///< 0 read uncommitted, 1 read committed (KIP-98)
  std::int32_t session_id = 0;      ///< 0 asks for a new session or for none (KIP-227)
  std::int32_t session_epoch = -1;  ///< -1 no session, 0 a new one, else the next of session_id
  std::vector<FetchTopic> topics;   ///< within a session only what has changed
  std::vector<ForgottenTopic> forgotten_topics_data;
  std::string rack_id;  ///< "" reads from the leader alone (KIP-392)

  bool operator==(const FetchRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v.tagged(0, "cluster_id", &FetchRequest::cluster_id, since(12).nullable(12).ignorable());
    v("replica_id", &FetchRequest::replica_id, between(0, 14));
    v.tagged(1, "replica_state", &FetchRequest::replica_state, since(15));
    v("max_wait_ms", &FetchRequest::max_wait_ms, since(0));
    v("min_bytes", &FetchRequest::min_bytes, since(0));
    v("max_bytes", &FetchRequest::max_bytes, since(3).ignorable());
    v("isolation_level", &FetchRequest::isolation_level, since(4).ignorable());
    v("session_id", &FetchRequest::session_id, since(7).ignorable());
    v("session_epoch", &FetchRequest::session_epoch, since(7).ignorable());
    v("topics", &FetchRequest::topics, since(0));
    v("forgotten_topics_data", &FetchRequest::forgotten_topics_data, since(7));
    v("rack_id", &FetchRequest::rack_id, since(11).ignorable());
  }
};

struct FetchResponse {
  static constexpr MessageVersions versions{.min = 4, .max = 18, .flexible_from = 12};

  struct EpochEndOffset {
    static constexpr bool kIsDescribed = true;

    std::int32_t epoch = -1;
    std::int64_t end_offset = -1;

    bool operator==(const EpochEndOffset&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("epoch", &EpochEndOffset::epoch, since(12));
      v("end_offset", &EpochEndOffset::end_offset, since(12));
    }
  };

  struct LeaderIdAndEpoch {
    static constexpr bool kIsDescribed = true;

    std::int32_t leader_id = -1;
    std::int32_t leader_epoch = -1;

    bool operator==(const LeaderIdAndEpoch&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("leader_id", &LeaderIdAndEpoch::leader_id, since(12));
      v("leader_epoch", &LeaderIdAndEpoch::leader_epoch, since(12));
    }
  };

  struct SnapshotId {
    static constexpr bool kIsDescribed = true;

    std::int64_t end_offset = -1;
    std::int32_t epoch = -1;

    bool operator==(const SnapshotId&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("end_offset", &SnapshotId::end_offset, since(0));
      v("epoch", &SnapshotId::epoch, since(0));
    }
  };

  struct AbortedTransaction {
    static constexpr bool kIsDescribed = true;

    std::int64_t producer_id = 0;
    std::int64_t first_offset = 0;

    bool operator==(const AbortedTransaction&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("producer_id", &AbortedTransaction::producer_id, since(4));
      v("first_offset", &AbortedTransaction::first_offset, since(4));
    }
  };

  struct PartitionData {
    static constexpr bool kIsDescribed = true;

    std::int32_t partition_index = 0;
    ErrorCode error_code = ErrorCode::NONE;
    std::int64_t high_watermark = 0;
    std::int64_t last_stable_offset = -1;  ///< below it every transaction is decided
    std::int64_t log_start_offset = -1;
    EpochEndOffset diverging_epoch;   ///< followers alone (KIP-595)
    LeaderIdAndEpoch current_leader;  ///< set with NOT_LEADER_OR_FOLLOWER (KIP-595)
    SnapshotId snapshot_id;           ///< followers of the metadata log alone (KIP-630)
    /// Null for read uncommitted; sorted by first_offset.
    std::optional<std::vector<AbortedTransaction>> aborted_transactions =
        std::vector<AbortedTransaction>();
    std::int32_t preferred_read_replica = -1;  ///< -1 is the leader (KIP-392)
    Records records;  ///< empty, never null: librdkafka fails on null (apache/kafka#18726)

    bool operator==(const PartitionData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("partition_index", &PartitionData::partition_index, since(0));
      v("error_code", &PartitionData::error_code, since(0));
      v("high_watermark", &PartitionData::high_watermark, since(0));
      v("last_stable_offset", &PartitionData::last_stable_offset, since(4).ignorable());
      v("log_start_offset", &PartitionData::log_start_offset, since(5).ignorable());
      v.tagged(0, "diverging_epoch", &PartitionData::diverging_epoch, since(12));
      v.tagged(1, "current_leader", &PartitionData::current_leader, since(12));
      v.tagged(2, "snapshot_id", &PartitionData::snapshot_id, since(12));
      v("aborted_transactions", &PartitionData::aborted_transactions,
        since(4).nullable(4).ignorable());
      v("preferred_read_replica", &PartitionData::preferred_read_replica, since(11));
      v("records", &PartitionData::records, since(0).nullable(0));
    }
  };

  struct FetchableTopicResponse {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    Uuid topic_id;
    std::vector<PartitionData> partitions;

    bool operator==(const FetchableTopicResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &FetchableTopicResponse::topic, between(0, 12).ignorable());
      v("topic_id", &FetchableTopicResponse::topic_id, since(13).ignorable());
      v("partitions", &FetchableTopicResponse::partitions, since(0));
    }
  };

  struct NodeEndpoint {
    static constexpr bool kIsDescribed = true;

    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    bool operator==(const NodeEndpoint&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("node_id", &NodeEndpoint::node_id, since(16));
      v("host", &NodeEndpoint::host, since(16));
      v("port", &NodeEndpoint::port, since(16));
      v("rack", &NodeEndpoint::rack, since(16).nullable(16));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::int32_t session_id = 0;                    ///< 0 when there is no session
  std::vector<FetchableTopicResponse> responses;  ///< within a session only partitions with news
  std::vector<NodeEndpoint> node_endpoints;  ///< addresses of the leaders named above (KIP-951)

  bool operator==(const FetchResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &FetchResponse::throttle_time_ms, since(1).ignorable());
    v("error_code", &FetchResponse::error_code, since(7).ignorable());
    v("session_id", &FetchResponse::session_id, since(7));
    v("responses", &FetchResponse::responses, since(0));
    v.tagged(0, "node_endpoints", &FetchResponse::node_endpoints, since(16));
  }
};

struct Fetch {
  static constexpr std::int16_t key = 1;
  using Request = FetchRequest;
  using Response = FetchResponse;
};

}  // namespace kreel::protocol
