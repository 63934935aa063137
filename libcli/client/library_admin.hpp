#pragma once

#include <array>
#include <mutex>

#include "client/deadline.hpp"
#include "client/error_text.hpp"
#include "client/rdkafka_support.hpp"
#include "kreel/admin.hpp"

namespace kreel::client {

/// Whether the login is one that librdkafka has and kreel's own client has not: tokens that a
/// server gives out.
bool only_library_logs_in(const ClientConfig& config);

/// For such logins: what produce and consume have to know before they start, asked through
/// librdkafka. All else is refused, with the reason.
class LibraryAdmin final : public AdminClient {
 public:
  explicit LibraryAdmin(ClientConfig config) : config_(std::move(config)) {}

  std::string user() const override { return user_of(config_); }
  void end_within(std::int64_t ms) override { latest_end_.set_in_ms(ms); }
  Result<ClusterInfo> describe_cluster() override;
  /// librdkafka itself finds out, and says so.
  Result<void> require_transactions() override { return {}; }
  Result<std::vector<TopicInfo>> list_topics() override;
  Result<std::vector<TopicInfo>> describe_topics(std::span<const std::string> names) override;
  Result<std::vector<ListedOffset>> list_offsets(std::span<const OffsetQuery> queries,
                                                 Isolation isolation) override;

  Result<std::vector<CreatedTopic>> create_topics(std::span<const NewTopic>,
                                                  const CreateTopicsOptions&) override {
    return refused();
  }
  Result<std::vector<NamedResult>> delete_topics(std::span<const std::string>) override {
    return refused();
  }
  Result<std::vector<NamedResult>> create_partitions(std::span<const NewPartitionCount>,
                                                     const CreateTopicsOptions&) override {
    return refused();
  }
  Result<std::vector<ResourceConfigs>> describe_configs(std::span<const ConfigResource>,
                                                        const DescribeConfigsOptions&) override {
    return refused();
  }
  Result<std::vector<ResourceResult>> alter_configs(std::span<const ResourceChanges>,
                                                    const CreateTopicsOptions&) override {
    return refused();
  }
  Result<std::vector<std::string>> list_config_resources(ConfigResourceType) override {
    return refused();
  }
  Result<std::vector<DeletedRecords>> delete_records(
      std::span<const DeleteRecordsBefore>) override {
    return refused();
  }
  Result<std::vector<FoundRecord>> find_records(std::span<const RecordLocation>) override {
    return refused();
  }
  Result<std::vector<GroupCoordinator>> find_coordinators(std::span<const std::string>) override {
    return refused();
  }
  Result<GroupList> list_groups(const ListGroupsFilter&) override { return refused(); }
  Result<std::vector<GroupDescription>> describe_groups(std::span<const std::string>) override {
    return refused();
  }
  Result<std::vector<NamedResult>> delete_groups(std::span<const std::string>) override {
    return refused();
  }
  Result<std::vector<GroupOffsets>> fetch_offsets(std::span<const GroupOffsetsQuery>) override {
    return refused();
  }
  Result<std::vector<PartitionResult>> commit_offsets(std::string_view,
                                                      std::span<const OffsetToCommit>) override {
    return refused();
  }
  Result<std::vector<PartitionResult>> delete_offsets(std::string_view,
                                                      std::span<const TopicPartition>) override {
    return refused();
  }
  Result<std::vector<NamedResult>> remove_members(std::string_view,
                                                  std::span<const GroupMember>) override {
    return refused();
  }
  Result<TransactionList> list_transactions(const ListTransactionsFilter&) override {
    return refused();
  }
  Result<std::vector<TransactionDescription>> describe_transactions(
      std::span<const std::string>) override {
    return refused();
  }
  Result<std::vector<PartitionProducers>> describe_producers(
      std::span<const TopicPartition>) override {
    return refused();
  }
  Result<std::vector<NamedResult>> abort_transactions(
      std::span<const TransactionToAbort>) override {
    return refused();
  }
  Result<std::vector<PartitionResult>> write_abort_markers(std::span<const AbortMarker>) override {
    return refused();
  }
  Result<std::vector<UserInfo>> list_users() override { return refused(); }
  Result<std::vector<NamedResult>> set_passwords(std::span<const NewPassword>) override {
    return refused();
  }
  Result<std::vector<NamedResult>> remove_passwords(std::span<const RemovedPassword>) override {
    return refused();
  }
  Result<std::vector<QuotaInfo>> list_quotas() override { return refused(); }
  Result<void> alter_quotas(const QuotaChange&, bool) override { return refused(); }
  Result<FoundAcls> list_acls(const AclFilter&) override { return refused(); }
  Result<std::vector<AclResult>> create_acls(std::span<const Acl>) override { return refused(); }
  Result<std::vector<DeletedAcls>> delete_acls(std::span<const AclFilter>) override {
    return refused();
  }
  Result<std::vector<LogDir>> describe_log_dirs(std::span<const std::string>) override {
    return refused();
  }

 private:
  using Client = std::unique_ptr<rd_kafka_t, RdDeleter<rd_kafka_destroy>>;
  using Metadata = std::unique_ptr<const rd_kafka_metadata_t, RdDeleter<rd_kafka_metadata_destroy>>;

  tl::unexpected<Error> refused() const;
  /// librdkafka has the isolation as a property of the whole client.
  Result<rd_kafka_t*> client(Isolation isolation);
  Result<Metadata> metadata();
  Result<std::int64_t> offset_of(rd_kafka_t* client, const OffsetQuery& query,
                                 const Deadline& deadline);
  /// What a call that failed is told by, with what librdkafka has said meanwhile.
  Error call_error(rd_kafka_resp_err_t code, const std::string& topic) const;
  static void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque);
  /// Nothing is printed but with --debug, whose lines the producer and the consumer have.
  static void on_log(const rd_kafka_t*, int, const char*, const char*) {}

  ClientConfig config_;
  LatestEnd latest_end_;
  mutable std::mutex mutex_;
  std::optional<Error> login_error_;
  std::array<Client, 2> clients_;  ///< by isolation; after what their callbacks use
};

}  // namespace kreel::client
