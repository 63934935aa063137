#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kreel/admin.hpp"
#include "kreel/client_config.hpp"
#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// Of a new cluster, say: 22 characters, as Kafka's Uuid.randomUuid() makes them.
KREEL_API std::string random_uuid();

/// Kafka's numbers.
enum class Election : std::int8_t { kPreferred = 0, kUnclean = 1 };

/// What became of one partition.
struct ReplicaResult {
  TopicPartition at;
  std::optional<ItemError> error;
  std::string broker_text;  ///< the broker's own words for the error
};

struct Reassignment {
  TopicPartition at;
  std::optional<std::vector<std::int32_t>> replicas;  ///< empty: what is under way ends
};

struct OngoingReassignment {
  TopicPartition at;
  std::vector<std::int32_t> replicas;
  std::vector<std::int32_t> adding;
  std::vector<std::int32_t> removing;
};

/// One replica that goes to another directory of its broker.
struct LogDirMove {
  TopicPartition at;
  std::int32_t broker_id = -1;
  std::string path;
};

struct LogDirMoveResult {
  LogDirMove move;
  std::optional<ItemError> error;
};

struct QuorumReplica {
  std::int32_t id = -1;
  std::optional<std::string> directory_id;  ///< 22 characters; Kafka 3.9 and later tell
  std::int64_t log_end_offset = -1;
  std::optional<std::int64_t> last_fetch_ms;
  std::optional<std::int64_t> last_caught_up_ms;
};

struct QuorumListener {
  std::string name;
  std::string host;
  std::int32_t port = 0;
};

/// The controllers that keep a cluster's metadata.
struct QuorumInfo {
  std::int32_t leader_id = -1;
  std::int32_t leader_epoch = -1;
  std::int64_t high_watermark = -1;
  std::vector<QuorumReplica> voters;
  std::vector<QuorumReplica> observers;
  std::vector<std::pair<std::int32_t, std::vector<QuorumListener>>> nodes;  ///< by node id
};

struct ApiRange {
  std::int16_t key = 0;
  std::int16_t min = 0;
  std::int16_t max = 0;
};

struct FeatureRange {
  std::string name;
  std::int16_t min = 0;
  std::int16_t max = 0;
};

/// What a broker says that it speaks.
struct BrokerVersions {
  std::int32_t broker_id = -1;
  std::vector<ApiRange> apis;
  std::vector<FeatureRange> supported;  ///< by name
  std::vector<FeatureRange> finalized;  ///< by name
  std::optional<std::int64_t> features_epoch;
  std::optional<ItemError> error;
};

struct FeatureUpdate {
  /// Kafka's numbers.
  enum class Kind : std::int8_t { kUpgrade = 1, kSafeDowngrade = 2, kUnsafeDowngrade = 3 };
  std::string name;
  std::int16_t level = 0;
  Kind kind = Kind::kUpgrade;
};

struct NewVoter {
  std::int32_t id = -1;
  std::string directory_id;
  std::vector<QuorumListener> listeners;
};

/// What a broker has refused as a whole.
struct Refusal {
  ItemError error;
  std::string broker_text;
};

/// Where replicas are and who leads them, the quorum of controllers, features and versions: what is
/// asked of a cluster as such. As AdminClient in all else.
class KREEL_API ClusterAdmin {
 public:
  static Result<std::unique_ptr<ClusterAdmin>> connect(const ClientConfig& config);
  ~ClusterAdmin();

  /// Without partitions all of them, of which those are told that needed an election.
  Result<std::vector<ReplicaResult>> elect_leaders(
      Election election, const std::optional<std::vector<TopicPartition>>& partitions);
  /// `same_count`: as many replicas as before (Kafka 4.1 and later).
  Result<std::vector<ReplicaResult>> reassign(std::span<const Reassignment> reassignments,
                                              bool same_count = false);
  /// All that are under way; of these partitions alone, where some are named.
  Result<std::vector<OngoingReassignment>> reassignments(
      const std::optional<std::vector<TopicPartition>>& partitions);
  Result<std::vector<LogDirMoveResult>> move_log_dirs(std::span<const LogDirMove> moves);

  Result<QuorumInfo> describe_quorum();
  /// Each broker's, by id.
  Result<std::vector<BrokerVersions>> broker_versions();
  /// All updates or none; nothing when they are made.
  Result<std::optional<Refusal>> update_features(std::span<const FeatureUpdate> updates,
                                                 bool validate_only);

  /// kFailed with "the broker does not support …" where there is no such thing, as on kreel.
  Result<std::optional<Refusal>> unregister_broker(std::int32_t id);
  Result<std::optional<Refusal>> add_voter(const NewVoter& voter);
  Result<std::optional<Refusal>> remove_voter(std::int32_t id, const std::string& directory_id);

 private:
  struct Impl;
  explicit ClusterAdmin(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kreel
