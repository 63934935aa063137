#pragma once

#include <memory>
#include <utility>

#include "client/cluster.hpp"
#include "client/scatter.hpp"
#include "kreel/admin.hpp"

namespace kreel::client {

/// AdminClient over Kafka's protocol. Its calls are spread over admin_*.cpp by subject.
class ProtocolAdmin final : public AdminClient {
 public:
  ProtocolAdmin(ClientConfig config, std::unique_ptr<Connector> connector)
      : cluster_(std::move(config), std::move(connector)) {}

  /// Makes sure that some broker answers.
  Result<void> open();

  std::string user() const override { return cluster_.user(); }
  void end_within(std::int64_t ms) override { cluster_.end_within(ms); }
  Result<ClusterInfo> describe_cluster() override;
  Result<void> require_transactions() override;
  Result<std::vector<TopicInfo>> list_topics() override;
  Result<std::vector<TopicInfo>> describe_topics(std::span<const std::string> names) override;
  Result<std::vector<CreatedTopic>> create_topics(std::span<const NewTopic> topics,
                                                  const CreateTopicsOptions& options) override;
  Result<std::vector<NamedResult>> delete_topics(std::span<const std::string> names) override;
  Result<std::vector<NamedResult>> create_partitions(std::span<const NewPartitionCount> counts,
                                                     const CreateTopicsOptions& options) override;

  Result<std::vector<ResourceConfigs>> describe_configs(
      std::span<const ConfigResource> resources, const DescribeConfigsOptions& options) override;
  Result<std::vector<ResourceResult>> alter_configs(std::span<const ResourceChanges> changes,
                                                    const CreateTopicsOptions& options) override;
  Result<std::vector<std::string>> list_config_resources(ConfigResourceType type) override;

  Result<std::vector<DeletedRecords>> delete_records(
      std::span<const DeleteRecordsBefore> before) override;
  Result<std::vector<ListedOffset>> list_offsets(std::span<const OffsetQuery> queries,
                                                 Isolation isolation) override;
  Result<std::vector<FoundRecord>> find_records(std::span<const RecordLocation> locations) override;

  Result<std::vector<GroupCoordinator>> find_coordinators(
      std::span<const std::string> groups) override;
  Result<GroupList> list_groups(const ListGroupsFilter& filter) override;
  Result<std::vector<GroupDescription>> describe_groups(
      std::span<const std::string> groups) override;
  Result<std::vector<NamedResult>> delete_groups(std::span<const std::string> groups) override;

  Result<std::vector<GroupOffsets>> fetch_offsets(
      std::span<const GroupOffsetsQuery> queries) override;
  Result<std::vector<PartitionResult>> commit_offsets(
      std::string_view group, std::span<const OffsetToCommit> offsets) override;
  Result<std::vector<PartitionResult>> delete_offsets(
      std::string_view group, std::span<const TopicPartition> partitions) override;
  Result<std::vector<NamedResult>> remove_members(std::string_view group,
                                                  std::span<const GroupMember> members) override;

  Result<TransactionList> list_transactions(const ListTransactionsFilter& filter) override;
  Result<std::vector<TransactionDescription>> describe_transactions(
      std::span<const std::string> transactional_ids) override;
  Result<std::vector<PartitionProducers>> describe_producers(
      std::span<const TopicPartition> partitions) override;
  Result<std::vector<NamedResult>> abort_transactions(
      std::span<const TransactionToAbort> transactions) override;
  Result<std::vector<PartitionResult>> write_abort_markers(
      std::span<const AbortMarker> markers) override;

  Result<std::vector<UserInfo>> list_users() override;
  Result<std::vector<NamedResult>> set_passwords(std::span<const NewPassword> passwords) override;
  Result<std::vector<NamedResult>> remove_passwords(
      std::span<const RemovedPassword> passwords) override;

  Result<std::vector<QuotaInfo>> list_quotas() override;
  Result<void> alter_quotas(const QuotaChange& change, bool validate_only) override;

  Result<FoundAcls> list_acls(const AclFilter& filter) override;
  Result<std::vector<AclResult>> create_acls(std::span<const Acl> acls) override;
  Result<std::vector<DeletedAcls>> delete_acls(std::span<const AclFilter> filters) override;

  Result<std::vector<LogDir>> describe_log_dirs(std::span<const std::string> topics) override;

 private:
  /// Puts "did you mean" into not-found errors; asks for the topics once, only when one is there.
  template <class Results, class NameOf>
  void suggest_topics(Results& results, NameOf name_of, const Deadline& deadline) {
    std::optional<std::vector<std::string>> known;
    for (auto& result : results) {
      if (!result.error || !is_unknown_topic(*result.error)) continue;
      if (!known) known = topic_names(deadline);
      result.error->error = not_found("topic", name_of(result), *known);
    }
  }
  /// Those of `groups` that DescribeGroups called dead may be of the newer protocol (KIP-848).
  Result<void> describe_consumer_groups(std::vector<GroupDescription>& groups,
                                        const Deadline& deadline);
  static bool is_unknown_topic(const ItemError& error);
  /// Empty when they cannot be listed.
  std::vector<std::string> topic_names(const Deadline& deadline);

  Cluster cluster_;
};

/// The partitions of `items`, as a topic -> partition indexes map, for requests that nest them.
template <class PartitionOf>
std::map<std::string, std::vector<std::size_t>> by_topic(std::span<const std::size_t> items,
                                                         PartitionOf partition_of) {
  std::map<std::string, std::vector<std::size_t>> grouped;
  for (const std::size_t item : items) grouped[partition_of(item).topic].push_back(item);
  return grouped;
}

/// For replies that name partitions: which item each one answers.
template <class PartitionOf>
std::map<std::pair<std::string, std::int32_t>, std::size_t> by_partition(
    std::span<const std::size_t> items, PartitionOf partition_of) {
  std::map<std::pair<std::string, std::int32_t>, std::size_t> index;
  for (const std::size_t item : items) {
    const TopicPartition& at = partition_of(item);
    index.emplace(std::pair(at.topic, at.partition), item);
  }
  return index;
}

/// Calls `take(item, answer)` for each partition below a reply's `topics` that answers an item.
template <class Topics, class PartitionOf, class Take>
void for_each_partition(const Topics& topics, std::span<const std::size_t> items,
                        PartitionOf partition_of, Take take) {
  const auto index = by_partition(items, partition_of);
  for (const auto& topic : topics) {
    for (const auto& answer : topic.partitions) {
      const auto at = index.find({topic.name, answer.partition_index});
      if (at != index.end()) take(at->second, answer);
    }
  }
}

}  // namespace kreel::client
