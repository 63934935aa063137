#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kreel/acls.hpp"
#include "kreel/client_config.hpp"
#include "kreel/configs.hpp"
#include "kreel/export.hpp"
#include "kreel/quotas.hpp"
#include "kreel/result.hpp"
#include "kreel/users.hpp"

namespace kreel {

// Words of the protocol: offsets count records of a partition from 0; timestamps are milliseconds
// since 1970-01-01 UTC. An absent value is an empty optional, never -1; a leader epoch that is not
// known is -1, as on the wire.

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
  bool operator==(const TopicPartition&) const = default;
  /// "orders[3]", as error texts have it.
  KREEL_API std::string to_string() const;
};

/// Why one item of a call failed while others may have succeeded. `code` is Kafka's number (36 is
/// TOPIC_ALREADY_EXISTS), or 0 when no broker said so, for instance when its leader is unreachable.
struct ItemError {
  Error error;
  std::int16_t code = 0;
};

struct BrokerInfo {
  std::int32_t id = -1;
  std::string host;
  std::int32_t port = 0;
  std::optional<std::string> rack;
  bool fenced = false;  ///< registered but not serving (Kafka 4.0 and later tell)

  bool operator==(const BrokerInfo&) const = default;
};

struct ClusterInfo {
  std::optional<std::string> cluster_id;
  std::optional<std::int32_t> controller_id;
  std::vector<BrokerInfo> brokers;  ///< by id
};

struct PartitionInfo {
  std::int32_t partition = 0;
  std::optional<std::int32_t> leader;
  std::int32_t leader_epoch = -1;
  std::vector<std::int32_t> replicas;
  std::vector<std::int32_t> isr;
  std::vector<std::int32_t> offline_replicas;

  bool operator==(const PartitionInfo&) const = default;
};

struct TopicInfo {
  std::string name;
  std::optional<std::string> id;  ///< 22 characters; Kafka 2.8 and later have them
  bool internal = false;
  std::vector<PartitionInfo> partitions;  ///< by number
  std::optional<ItemError> error;         ///< then nothing but `name` is filled
};

using ReplicaList = std::vector<std::int32_t>;  ///< broker ids, the preferred leader first
struct NewTopic {
  std::string name;
  std::optional<std::int32_t> partitions;          ///< empty: the broker's default
  std::optional<std::int16_t> replication_factor;  ///< empty: the broker's default
  std::vector<std::pair<std::string, std::string>> configs;
  std::vector<ReplicaList> assignments = {};  ///< by partition; empty: the brokers choose
};

struct CreatedTopic {
  std::string name;
  std::optional<std::string> id;
  std::optional<std::int32_t> partitions;
  std::optional<std::int16_t> replication_factor;
  std::optional<ItemError> error;
};

/// Result of a change to one named thing (topic, group).
struct NamedResult {
  std::string name;
  std::optional<ItemError> error;
};

struct NewPartitionCount {
  std::string topic;
  std::int32_t total = 0;  ///< partitions afterwards, not how many to add
  std::optional<std::vector<ReplicaList>> assignments = {};  ///< of those that are added
};

struct ResourceConfigs {
  ConfigResource resource;
  std::vector<ConfigEntry> entries;  ///< by name
  std::optional<ItemError> error;
};

struct ResourceResult {
  ConfigResource resource;
  std::optional<ItemError> error;
};

struct DeleteRecordsBefore {
  TopicPartition at;
  std::optional<std::int64_t> offset;  ///< empty: everything up to the end
};

struct DeletedRecords {
  TopicPartition at;
  std::optional<std::int64_t> log_start;  ///< the first offset that is left
  std::optional<ItemError> error;
};

/// What an offset is asked by.
struct OffsetSpec {
  enum class Kind { kEarliest, kLatest, kMaxTimestamp, kLocal, kTiered, kPending, kAtTime };
  Kind kind = Kind::kLatest;
  std::int64_t time_ms = 0;  ///< kAtTime only

  static OffsetSpec earliest() { return {.kind = Kind::kEarliest}; }
  static OffsetSpec latest() { return {.kind = Kind::kLatest}; }
  /// The record with the highest timestamp (Kafka 3.0 and later).
  static OffsetSpec max_timestamp() { return {.kind = Kind::kMaxTimestamp}; }
  static OffsetSpec earliest_local() { return {.kind = Kind::kLocal}; }
  static OffsetSpec latest_tiered() { return {.kind = Kind::kTiered}; }
  static OffsetSpec earliest_pending_upload() { return {.kind = Kind::kPending}; }
  /// The first record that is not older than `time_ms`.
  static OffsetSpec at_time(std::int64_t time_ms) {
    return {.kind = Kind::kAtTime, .time_ms = time_ms};
  }
};

struct OffsetQuery {
  TopicPartition at;
  OffsetSpec spec;
};

/// The answer to one OffsetQuery.
struct ListedOffset {
  TopicPartition at;
  std::optional<std::int64_t> offset;        ///< empty: no record that fits
  std::optional<std::int64_t> timestamp_ms;  ///< of that record; kMaxTimestamp and kAtTime only
  std::int32_t leader_epoch = -1;
  std::optional<ItemError> error;
};

enum class Isolation : std::int8_t { kReadUncommitted = 0, kReadCommitted = 1 };

struct GroupCoordinator {
  std::string group;
  BrokerInfo broker;
  std::optional<ItemError> error;
};

struct GroupListing {
  std::string group;
  std::string protocol_type;         ///< "consumer", "connect", "" for offsets alone
  std::optional<std::string> state;  ///< "Stable", "Empty", … (Kafka 2.6 and later tell)
  std::optional<std::string> type;   ///< "classic", "consumer", … (Kafka 3.8 and later tell)
  std::int32_t coordinator_id = -1;
};

struct GroupList {
  std::vector<GroupListing> groups;  ///< by name
  std::vector<Error> errors;         ///< one for each broker that could not be asked
};

struct ListGroupsFilter {
  std::vector<std::string> states;  ///< any case; none: all
  std::vector<std::string> types;
};

struct GroupMember {
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::string client_id;
  std::string client_host;                 ///< as the broker prints it, "/10.0.0.7"
  std::vector<TopicPartition> assignment;  ///< sorted; empty also where it is not a consumer's
  std::vector<std::string> subscription;   ///< topics; empty where the broker does not tell
  // Of the consumer protocol (KIP-848) alone.
  std::optional<std::int32_t> epoch;
  std::vector<TopicPartition> target;  ///< what it is to have; sorted
  std::optional<bool> upgraded;        ///< false: it speaks the classic protocol in such a group
};

struct GroupDescription {
  std::string group;
  std::string state;  ///< "Dead" for a group that does not exist
  std::string protocol_type;
  std::string protocol;  ///< the assignor, "range", "cooperative-sticky", …
  std::optional<std::string> type;
  std::optional<BrokerInfo> coordinator;
  // Of the consumer protocol (KIP-848) alone.
  std::optional<std::int32_t> epoch;
  std::optional<std::int32_t> target_epoch;  ///< for which its members' targets were made
  std::vector<GroupMember> members;
  std::optional<ItemError> error;
};

struct CommittedOffset {
  TopicPartition at;
  std::optional<std::int64_t> offset;  ///< empty: nothing committed
  std::int32_t leader_epoch = -1;
  std::string metadata;
  std::optional<ItemError> error;
};

struct GroupOffsetsQuery {
  std::string group;
  std::optional<std::vector<TopicPartition>> partitions;  ///< empty: all that is committed
  /// Waits for transactions that commit offsets of the group (Kafka 2.5 and later).
  bool stable = false;
};

struct GroupOffsets {
  std::string group;
  std::vector<CommittedOffset> offsets;  ///< sorted by topic and partition
  std::optional<ItemError> error;
};

struct OffsetToCommit {
  TopicPartition at;
  std::int64_t offset = 0;
  std::int32_t leader_epoch = -1;
  std::string metadata;
};

struct PartitionResult {
  TopicPartition at;
  std::optional<ItemError> error;
};

struct LogDirReplica {
  TopicPartition at;
  std::int64_t size_bytes = 0;
  std::int64_t offset_lag = 0;
  bool future = false;  ///< being moved here
};

struct LogDir {
  std::int32_t broker_id = -1;
  std::string path;
  std::optional<std::int64_t> total_bytes;  ///< of the volume (Kafka 3.3 and later tell)
  std::optional<std::int64_t> usable_bytes;
  std::vector<LogDirReplica> replicas;  ///< sorted
  std::optional<ItemError> error;
};

struct RecordLocation {
  TopicPartition at;
  std::int64_t offset = 0;
};

/// The first record at or after a RecordLocation.
struct FoundRecord {
  TopicPartition at;
  std::optional<std::int64_t> offset;  ///< empty: no record there
  std::optional<std::int64_t> timestamp_ms;
  std::optional<ItemError> error;
};

struct CreateTopicsOptions {
  bool validate_only = false;
};

struct TransactionListing {
  std::string transactional_id;
  std::int64_t producer_id = -1;
  std::string state;  ///< "Ongoing", "PrepareCommit", "CompleteAbort", …
  std::int32_t coordinator_id = -1;
};

struct TransactionList {
  std::vector<TransactionListing> transactions;  ///< by transactional id
  std::vector<Error> errors;                     ///< one for each broker that could not be asked
};

struct ListTransactionsFilter {
  std::vector<std::string> states;  ///< any case; none: all
  std::vector<std::int64_t> producer_ids;
  std::optional<std::int64_t> open_for_ms;  ///< under way for so long or longer (Kafka 3.8)
};

struct TransactionDescription {
  std::string transactional_id;
  std::string state;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t timeout_ms = 0;
  std::optional<std::int64_t> start_ms;  ///< empty outside of a transaction
  std::int32_t coordinator_id = -1;
  std::vector<TopicPartition> partitions;  ///< that are not ended yet; sorted
  std::optional<ItemError> error;
};

/// What a partition knows of a producer.
struct ProducerInfo {
  std::int64_t producer_id = -1;
  std::int32_t producer_epoch = -1;
  std::int32_t coordinator_epoch = -1;  ///< of its last marker; -1 before the first
  std::int32_t last_sequence = -1;
  std::optional<std::int64_t> last_timestamp_ms;
  std::optional<std::int64_t> open_from;  ///< the offset at which its open transaction begins
};

struct PartitionProducers {
  TopicPartition at;
  std::vector<ProducerInfo> producers;  ///< by id
  std::optional<ItemError> error;
};

struct TransactionToAbort {
  std::string transactional_id;
  std::int32_t timeout_ms = 0;  ///< which the id keeps for its next producer
};

/// Ends the transaction of one producer in one partition as aborted, whatever its coordinator says.
struct AbortMarker {
  TopicPartition at;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t coordinator_epoch = 0;
};

/// What became of one ACL.
struct AclResult {
  Acl acl;
  std::optional<ItemError> error;
};

/// The ACLs that a filter means, in their order. An error tells that it could not be asked: the
/// broker may have no authorizer.
struct FoundAcls {
  std::vector<Acl> acls;
  std::optional<ItemError> error;
};

/// What a filter has deleted.
struct DeletedAcls {
  std::vector<AclResult> acls;
  std::optional<ItemError> error;
};

/// `Allow User:alice Read on topic "orders"`, `... on all groups`, `... on topics that begin with
/// "a" from 10.0.0.1`.
KREEL_API std::string to_string(const Acl& acl);

/// Administration of a cluster over the Kafka protocol: Apache Kafka 2.0 to 4.x, kreel, and what
/// speaks like them. Calls block until done or until ClientConfig::timeout_ms has passed; leaders
/// and coordinators are found, and moved ones looked up again, within that time. Results come in
/// the order of the input unless said otherwise; what concerns one item stands in its `error`, and
/// the call itself fails when nothing could be asked. One thread at a time. Virtual so that plans
/// can be tested without a broker.
class KREEL_API AdminClient {
 public:
  /// Opens one connection. ErrorKind::kUnreachable with the reason, kUsage for a SASL mechanism
  /// that it does not speak, kAuthentication when it is not let in.
  static Result<std::unique_ptr<AdminClient>> connect(const ClientConfig& config);

  virtual ~AdminClient() = default;

  /// By which name it asks; empty where only the broker knows.
  virtual std::string user() const { return {}; }

  virtual Result<ClusterInfo> describe_cluster() = 0;
  /// kFailed with "the broker does not support transactions" where producers cannot have any.
  virtual Result<void> require_transactions() = 0;
  /// By name, internal ones included.
  virtual Result<std::vector<TopicInfo>> list_topics() = 0;
  /// An unknown name has an error of kind kNotFound that names the nearest topic.
  virtual Result<std::vector<TopicInfo>> describe_topics(std::span<const std::string> names) = 0;
  virtual Result<std::vector<CreatedTopic>> create_topics(std::span<const NewTopic> topics,
                                                          const CreateTopicsOptions& options) = 0;
  virtual Result<std::vector<NamedResult>> delete_topics(std::span<const std::string> names) = 0;
  virtual Result<std::vector<NamedResult>> create_partitions(
      std::span<const NewPartitionCount> counts, const CreateTopicsOptions& options) = 0;

  virtual Result<std::vector<ResourceConfigs>> describe_configs(
      std::span<const ConfigResource> resources, const DescribeConfigsOptions& options) = 0;
  /// Kafka 2.3 and later.
  virtual Result<std::vector<ResourceResult>> alter_configs(
      std::span<const ResourceChanges> changes, const CreateTopicsOptions& options) = 0;
  /// The names of all resources of a type, sorted; of groups those that have settings (Kafka 4.1
  /// and later; client metrics: 3.7).
  virtual Result<std::vector<std::string>> list_config_resources(ConfigResourceType type) = 0;

  virtual Result<std::vector<DeletedRecords>> delete_records(
      std::span<const DeleteRecordsBefore> before) = 0;
  /// One request per leader and kind of question, all under way at once.
  virtual Result<std::vector<ListedOffset>> list_offsets(std::span<const OffsetQuery> queries,
                                                         Isolation isolation) = 0;
  /// Reads the first record at or after each location with plain fetches, outside any group.
  virtual Result<std::vector<FoundRecord>> find_records(
      std::span<const RecordLocation> locations) = 0;

  virtual Result<std::vector<GroupCoordinator>> find_coordinators(
      std::span<const std::string> groups) = 0;
  virtual Result<GroupList> list_groups(const ListGroupsFilter& filter) = 0;
  virtual Result<std::vector<GroupDescription>> describe_groups(
      std::span<const std::string> groups) = 0;
  virtual Result<std::vector<NamedResult>> delete_groups(std::span<const std::string> groups) = 0;

  /// Each group once. One request per coordinator where the broker can (Kafka 3.0 and later).
  virtual Result<std::vector<GroupOffsets>> fetch_offsets(
      std::span<const GroupOffsetsQuery> queries) = 0;
  /// As a client outside the group: the broker accepts it only while the group has no members.
  virtual Result<std::vector<PartitionResult>> commit_offsets(
      std::string_view group, std::span<const OffsetToCommit> offsets) = 0;
  virtual Result<std::vector<PartitionResult>> delete_offsets(
      std::string_view group, std::span<const TopicPartition> partitions) = 0;
  /// Makes members leave, static ones too; each result has the member's id as its name.
  virtual Result<std::vector<NamedResult>> remove_members(std::string_view group,
                                                          std::span<const GroupMember> members) = 0;

  virtual Result<TransactionList> list_transactions(const ListTransactionsFilter& filter) = 0;
  /// An unknown id has an error of kind kNotFound.
  virtual Result<std::vector<TransactionDescription>> describe_transactions(
      std::span<const std::string> transactional_ids) = 0;
  /// As their leaders know them (Kafka 2.8 and later).
  virtual Result<std::vector<PartitionProducers>> describe_producers(
      std::span<const TopicPartition> partitions) = 0;
  /// Takes the ids over, as a new producer would: what they have open is aborted, and whoever
  /// opened it can write no more.
  virtual Result<std::vector<NamedResult>> abort_transactions(
      std::span<const TransactionToAbort> transactions) = 0;
  virtual Result<std::vector<PartitionResult>> write_abort_markers(
      std::span<const AbortMarker> markers) = 0;

  /// Those with a SCRAM password, by name (Kafka 2.7 and later, as the next two).
  virtual Result<std::vector<UserInfo>> list_users() = 0;
  /// In the place of what there was for the same mechanism. The password itself is not sent. By
  /// user's name.
  virtual Result<std::vector<NamedResult>> set_passwords(
      std::span<const NewPassword> passwords) = 0;
  virtual Result<std::vector<NamedResult>> remove_passwords(
      std::span<const RemovedPassword> passwords) = 0;

  /// Of every broker, by broker id. `topics` empty: all topics.
  virtual Result<std::vector<LogDir>> describe_log_dirs(std::span<const std::string> topics) = 0;

  /// The call that is under way and all later ones give up `ms` from now at the latest, whatever
  /// their timeout: for a process that has to end. Async-signal-safe.
  virtual void end_within(std::int64_t ms) = 0;

  /// All, by entity (Kafka 2.6 and later, as the next one).
  virtual Result<std::vector<QuotaInfo>> list_quotas() = 0;
  /// With `validate_only` the broker says whether it would do it.
  virtual Result<void> alter_quotas(const QuotaChange& change, bool validate_only) = 0;

  /// Kafka 2.0 and later, as the next two.
  virtual Result<FoundAcls> list_acls(const AclFilter& filter) = 0;
  /// What is there already stays and is no error.
  virtual Result<std::vector<AclResult>> create_acls(std::span<const Acl> acls) = 0;
  /// Of each filter what it means; an ACL that two of them mean stands with both.
  virtual Result<std::vector<DeletedAcls>> delete_acls(std::span<const AclFilter> filters) = 0;
};

}  // namespace kreel
