#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/error_text.hpp"
#include "kreel/admin.hpp"

namespace kreel::test {

/// A cluster in memory for tests of plans: topics with bounds and record times, groups with commits
/// and members. What no plan needs answers nothing.
class FakeAdmin final : public AdminClient {
 public:
  struct Log {
    std::int64_t start = 0;
    std::int64_t end = 0;
    /// Time of the record at `start`; each next one is a second later.
    std::int64_t first_ms = 1'000'000;
    /// Where a transaction is open; empty: nowhere.
    std::optional<std::int64_t> stable_end = std::nullopt;
    /// Its leader is out of reach.
    std::optional<Error> error = std::nullopt;

    std::int64_t time_of(std::int64_t offset) const { return first_ms + (offset - start) * 1'000; }
  };
  struct Group {
    std::string state = "Empty";
    std::vector<GroupMember> members;
    std::map<TopicPartition, OffsetToCommit> commits;
  };

  std::map<std::string, std::vector<Log>> topics;
  std::map<std::string, Group> groups;
  /// Partitions whose commit fails.
  std::map<TopicPartition, Error> commit_errors;
  std::optional<Error> find_records_error;
  /// The broker commits, and from then on there is no answer.
  bool dies_at_commit = false;
  /// The same, told of each partition, as of a coordinator that is silent.
  bool falls_silent_at_commit = false;
  int calls_to_describe_groups = 0;
  int calls_to_describe_topics = 0;
  int calls_to_fetch_offsets = 0;
  int calls_to_list_offsets = 0;
  int calls_to_find_records = 0;
  std::vector<std::vector<OffsetToCommit>> committed;
  std::vector<std::vector<TopicPartition>> deleted;

  void commit(const std::string& group, const std::string& topic, std::int32_t partition,
              std::int64_t offset, std::string metadata = "") {
    groups[group].commits[{topic, partition}] = {{topic, partition}, offset, 3, metadata};
  }

  void end_within(std::int64_t) override {}
  Result<ClusterInfo> describe_cluster() override { return ClusterInfo{"fake", 1, {}}; }

  Result<void> require_transactions() override { return {}; }

  Result<std::vector<TopicInfo>> list_topics() override {
    std::vector<TopicInfo> all;
    for (const auto& [name, logs] : topics) all.push_back(topic_info(name, logs));
    return all;
  }

  Result<std::vector<TopicInfo>> describe_topics(std::span<const std::string> names) override {
    ++calls_to_describe_topics;
    std::vector<std::string> known;
    for (const auto& [name, logs] : topics) known.push_back(name);
    std::vector<TopicInfo> described;
    for (const std::string& name : names) {
      if (const auto found = topics.find(name); found != topics.end()) {
        described.push_back(topic_info(name, found->second));
      } else {
        TopicInfo& missing = described.emplace_back();
        missing.name = name;
        missing.error = ItemError{client::not_found("topic", name, known), 3};
      }
    }
    return described;
  }

  Result<std::vector<ListedOffset>> list_offsets(std::span<const OffsetQuery> queries,
                                                 Isolation isolation) override {
    ++calls_to_list_offsets;
    std::vector<ListedOffset> listed;
    for (const OffsetQuery& query : queries) {
      ListedOffset& one = listed.emplace_back();
      one.at = query.at;
      const auto found = topics.find(query.at.topic);
      if (found == topics.end()) {
        one.error = ItemError{client::not_found("topic", query.at.topic, {}), 3};
        continue;
      }
      const Log& log = found->second.at(static_cast<std::size_t>(query.at.partition));
      if (log.error) {
        one.error = ItemError{*log.error, 0};
        continue;
      }
      one.offset = offset_of(log, query.spec);
      if (isolation == Isolation::kReadCommitted && query.spec.kind == OffsetSpec::Kind::kLatest) {
        one.offset = log.stable_end.value_or(log.end);
      }
    }
    return listed;
  }

  Result<std::vector<FoundRecord>> find_records(
      std::span<const RecordLocation> locations) override {
    ++calls_to_find_records;
    if (find_records_error) return fail(*find_records_error);
    std::vector<FoundRecord> found;
    for (const RecordLocation& location : locations) {
      const Log& log =
          topics.at(location.at.topic).at(static_cast<std::size_t>(location.at.partition));
      FoundRecord& one = found.emplace_back();
      one.at = location.at;
      if (location.offset >= log.end) continue;
      one.offset = location.offset;
      one.timestamp_ms = log.time_of(location.offset);
    }
    return found;
  }

  Result<GroupList> list_groups(const ListGroupsFilter&) override {
    GroupList list;
    for (const auto& [name, group] : groups) {
      list.groups.push_back({name, "consumer", group.state, "classic", 1});
    }
    return list;
  }

  Result<std::vector<GroupDescription>> describe_groups(
      std::span<const std::string> names) override {
    ++calls_to_describe_groups;
    std::vector<GroupDescription> described;
    for (const std::string& name : names) {
      GroupDescription& one = described.emplace_back();
      one.group = name;
      one.state = "Dead";
      if (const auto found = groups.find(name); found != groups.end()) {
        one.state = found->second.state;
        one.members = found->second.members;
      }
    }
    return described;
  }

  Result<std::vector<GroupOffsets>> fetch_offsets(
      std::span<const GroupOffsetsQuery> queries) override {
    ++calls_to_fetch_offsets;
    const bool is_gone = dies_at_commit || falls_silent_at_commit;
    if (is_gone && !committed.empty()) return fail(ErrorKind::kUnreachable, "refused");
    std::vector<GroupOffsets> fetched;
    for (const GroupOffsetsQuery& query : queries) {
      GroupOffsets& group = fetched.emplace_back();
      group.group = query.group;
      const auto known = groups.find(query.group);
      const auto commits = known == groups.end() ? std::map<TopicPartition, OffsetToCommit>()
                                                 : known->second.commits;
      if (!query.partitions) {
        for (const auto& [at, commit] : commits) group.offsets.push_back(as_fetched(commit));
        continue;
      }
      for (const TopicPartition& at : *query.partitions) {
        const auto found = commits.find(at);
        CommittedOffset none;
        none.at = at;
        group.offsets.push_back(found == commits.end() ? none : as_fetched(found->second));
      }
    }
    return fetched;
  }

  Result<std::vector<PartitionResult>> commit_offsets(
      std::string_view group, std::span<const OffsetToCommit> offsets) override {
    committed.emplace_back(offsets.begin(), offsets.end());
    if (dies_at_commit) return fail(ErrorKind::kUnreachable, "closed");
    std::vector<PartitionResult> results;
    for (const OffsetToCommit& offset : offsets) {
      PartitionResult& result = results.emplace_back();
      result.at = offset.at;
      if (falls_silent_at_commit) {
        result.error = ItemError{Error(ErrorKind::kUnreachable, "no answer in 10s"), 0};
        continue;
      }
      if (const auto error = commit_errors.find(offset.at); error != commit_errors.end()) {
        result.error = ItemError{error->second, 29};
      } else {
        groups[std::string(group)].commits[offset.at] = offset;
      }
    }
    return results;
  }

  Result<std::vector<PartitionResult>> delete_offsets(
      std::string_view group, std::span<const TopicPartition> partitions) override {
    deleted.emplace_back(partitions.begin(), partitions.end());
    std::vector<PartitionResult> results;
    for (const TopicPartition& at : partitions) {
      groups[std::string(group)].commits.erase(at);
      results.push_back({at, std::nullopt});
    }
    return results;
  }

  Result<std::vector<CreatedTopic>> create_topics(std::span<const NewTopic>,
                                                  const CreateTopicsOptions&) override {
    return unused();
  }
  Result<std::vector<NamedResult>> delete_topics(std::span<const std::string>) override {
    return unused();
  }
  Result<std::vector<NamedResult>> create_partitions(std::span<const NewPartitionCount>,
                                                     const CreateTopicsOptions&) override {
    return unused();
  }
  Result<std::vector<ResourceConfigs>> describe_configs(std::span<const ConfigResource>,
                                                        const DescribeConfigsOptions&) override {
    return unused();
  }
  Result<std::vector<ResourceResult>> alter_configs(std::span<const ResourceChanges>,
                                                    const CreateTopicsOptions&) override {
    return unused();
  }
  Result<std::vector<std::string>> list_config_resources(ConfigResourceType) override {
    return unused();
  }
  Result<std::vector<NamedResult>> remove_members(std::string_view,
                                                  std::span<const GroupMember>) override {
    return unused();
  }
  Result<std::vector<DeletedRecords>> delete_records(
      std::span<const DeleteRecordsBefore>) override {
    return unused();
  }
  Result<std::vector<GroupCoordinator>> find_coordinators(std::span<const std::string>) override {
    return unused();
  }
  Result<std::vector<NamedResult>> delete_groups(std::span<const std::string>) override {
    return unused();
  }
  Result<TransactionList> list_transactions(const ListTransactionsFilter&) override {
    return unused();
  }
  Result<std::vector<TransactionDescription>> describe_transactions(
      std::span<const std::string>) override {
    return unused();
  }
  Result<std::vector<PartitionProducers>> describe_producers(
      std::span<const TopicPartition>) override {
    return unused();
  }
  Result<std::vector<NamedResult>> abort_transactions(
      std::span<const TransactionToAbort>) override {
    return unused();
  }
  Result<std::vector<PartitionResult>> write_abort_markers(std::span<const AbortMarker>) override {
    return unused();
  }
  Result<std::vector<UserInfo>> list_users() override { return unused(); }
  Result<std::vector<NamedResult>> set_passwords(std::span<const NewPassword>) override {
    return unused();
  }
  Result<std::vector<NamedResult>> remove_passwords(std::span<const RemovedPassword>) override {
    return unused();
  }
  Result<std::vector<QuotaInfo>> list_quotas() override { return unused(); }
  Result<void> alter_quotas(const QuotaChange&, bool) override { return unused(); }
  Result<FoundAcls> list_acls(const AclFilter&) override { return unused(); }
  Result<std::vector<AclResult>> create_acls(std::span<const Acl>) override { return unused(); }
  Result<std::vector<DeletedAcls>> delete_acls(std::span<const AclFilter>) override {
    return unused();
  }
  Result<std::vector<LogDir>> describe_log_dirs(std::span<const std::string>) override {
    return unused();
  }

 private:
  static tl::unexpected<Error> unused() {
    return fail(ErrorKind::kFailed, "the fake cluster cannot do this");
  }

  static TopicInfo topic_info(const std::string& name, const std::vector<Log>& logs) {
    TopicInfo topic;
    topic.name = name;
    for (std::size_t i = 0; i < logs.size(); ++i) {
      topic.partitions.emplace_back().partition = static_cast<std::int32_t>(i);
    }
    return topic;
  }

  static CommittedOffset as_fetched(const OffsetToCommit& commit) {
    return {commit.at, commit.offset, commit.leader_epoch, commit.metadata, std::nullopt};
  }

  static std::optional<std::int64_t> offset_of(const Log& log, const OffsetSpec& spec) {
    switch (spec.kind) {
      case OffsetSpec::Kind::kEarliest:
        return log.start;
      case OffsetSpec::Kind::kLatest:
        return log.end;
      default:
        break;
    }
    for (std::int64_t offset = log.start; offset < log.end; ++offset) {
      if (log.time_of(offset) >= spec.time_ms) return offset;
    }
    return std::nullopt;
  }
};

}  // namespace kreel::test
