#include "support/authorization_world.hpp"

namespace kreel::test {

using namespace protocol;

namespace {

MetadataRequest metadata_request(const std::vector<std::string>& topics, bool create) {
  MetadataRequest request;
  for (const std::string& topic : topics) request.topics->emplace_back().name = topic;
  request.allow_auto_topic_creation = create;
  return request;
}

CreateTopicsRequest create_request(const std::string& topic) {
  CreateTopicsRequest request;
  auto& wanted = request.topics.emplace_back();
  wanted.name = topic;
  wanted.num_partitions = 1;
  wanted.replication_factor = 1;
  return request;
}

template <class Request>
Request of_topic(const std::string& topic) {
  Request request;
  request.topics.emplace_back().name = topic;
  request.topics.back().partitions.emplace_back();
  return request;
}

template <class Request>
Request config_request(std::int8_t type, const std::string& name, const std::string& setting) {
  Request request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = type;
  resource.resource_name = name;
  auto& config = resource.configs.emplace_back();
  config.name = setting;
  config.value = "86400000";
  return request;
}

DescribeConfigsRequest describe_config_request(std::int8_t type, const std::string& name) {
  DescribeConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = type;
  resource.resource_name = name;
  resource.configuration_keys = {{"node.id", "retention.ms"}};
  return request;
}

template <class Filter>
void mean_all(Filter& filter) {
  filter.resource_type_filter = filter.pattern_type_filter = 1;
  filter.operation = filter.permission_type = 1;
  filter.resource_name_filter = std::nullopt;
  filter.principal_filter = std::nullopt;
  filter.host_filter = std::nullopt;
}

std::string ask_create(AuthorizationWorld& world) {
  return world.ask<CreateTopics>(create_request("fresh"));
}
std::string ask_metadata_create(AuthorizationWorld& world) {
  return world.ask<Metadata>(metadata_request({"fresh"}, true), 9);
}
std::string ask_delete(AuthorizationWorld& world) {
  DeleteTopicsRequest request;
  request.topic_names = {"orders"};
  return world.ask<DeleteTopics>(request, 5);
}
std::string ask_leader_epoch(AuthorizationWorld& world) {
  OffsetForLeaderEpochRequest request;
  request.topics.emplace_back().topic = "orders";
  request.topics.back().partitions.emplace_back();
  return world.ask<OffsetForLeaderEpoch>(request);
}
std::string ask_list_groups(AuthorizationWorld& world) {
  return world.ask<ListGroups>({});
}
std::string ask_init(AuthorizationWorld& world) {
  return world.ask<InitProducerId>(init_request(std::nullopt));
}
std::string ask_add_partitions(AuthorizationWorld& world) {
  return world.ask<AddPartitionsToTxn>(add_request(world, {"orders"}), 3);
}
std::string ask_add_offsets(AuthorizationWorld& world) {
  return world.ask<AddOffsetsToTxn>({.transactional_id = "tx-1",
                                     .producer_id = world.producer_id,
                                     .producer_epoch = world.producer_epoch,
                                     .group_id = "readers"});
}
std::string ask_commit(AuthorizationWorld& world) {
  return world.ask<OffsetCommit>(commit_request("readers", {"orders"}, 2), 9);
}
std::string ask_txn_commit(AuthorizationWorld& world) {
  TxnOffsetCommitRequest request;
  request.transactional_id = "tx-1";
  request.group_id = "readers";
  request.producer_id = world.producer_id;
  request.producer_epoch = world.producer_epoch;
  request.topics.emplace_back().name = "orders";
  request.topics.back().partitions.emplace_back().committed_offset = 2;
  return world.ask<TxnOffsetCommit>(request, 4);
}
std::string ask_offset_delete(AuthorizationWorld& world) {
  OffsetDeleteRequest request = of_topic<OffsetDeleteRequest>("orders");
  request.group_id = "readers";
  return world.ask<OffsetDelete>(request);
}
std::string ask_offset_fetch(AuthorizationWorld& world) {
  return world.ask<OffsetFetch>(offset_fetch_request(false), 9);
}
std::string ask_markers(AuthorizationWorld& world) {
  WriteTxnMarkersRequest request;
  auto& marker = request.markers.emplace_back();
  marker.producer_id = world.producer_id;
  marker.producer_epoch = world.producer_epoch;
  marker.topics.push_back({"orders", {0}});
  return world.ask<WriteTxnMarkers>(request);
}
std::string ask_transactions(AuthorizationWorld& world) {
  DescribeTransactionsRequest request;
  request.transactional_ids = {"tx-1"};
  return world.ask<DescribeTransactions>(request);
}
template <class Api>
std::string ask_group(AuthorizationWorld& world) {
  typename Api::Request request;
  request.group_id = "readers";
  return world.ask<Api>(request);
}
template <std::int8_t kType>
std::string ask_coordinator(AuthorizationWorld& world) {
  FindCoordinatorRequest request;
  request.key_type = kType;
  request.coordinator_keys = {kType == 0 ? "readers" : "tx-1"};
  return world.ask<FindCoordinator>(request);
}

const std::string kOrders = "orders";
const std::string kFresh = "fresh";
const std::string kReaders = "readers";
const std::string kTx = "tx-1";
const std::string kCluster{kAclCluster};

}  // namespace

const std::map<std::string_view, AccessProbe>& access_probes() {
  using World = AuthorizationWorld;
  static const std::map<std::string_view, AccessProbe> kProbes = with_node_probes({
      {"produce",
       {kOrders,
        [](World& w) {
          const Bytes records = w.batch();
          return w.ask<Produce>(w.produce_request("orders", records), 12);
        },
        {}}},
      {"produce_transactional",
       {kTx,
        [](World& w) {
          const Bytes records = w.batch(true);
          auto request = w.produce_request("orders", records);
          request.transactional_id = "tx-1";
          return w.ask<Produce>(request, 9);
        },
        {}}},
      {"fetch",
       {kOrders,
        [](World& w) {
          FetchRequest request;
          request.max_wait_ms = 0;
          request.topics.emplace_back().topic = "orders";
          request.topics.back().partitions.emplace_back().partition_max_bytes = 1'000;
          return w.ask<Fetch>(request, 12);
        },
        {}}},
      {"list_offsets",
       {kOrders,
        [](World& w) { return w.ask<ListOffsets>(of_topic<ListOffsetsRequest>("orders")); },
        {}}},
      {"leader_epoch_any", {kCluster, ask_leader_epoch, {}}},
      {"leader_epoch", {kOrders, ask_leader_epoch, {}}},
      {"delete_records",
       {kOrders,
        [](World& w) {
          auto request = of_topic<DeleteRecordsRequest>("orders");
          request.topics[0].partitions[0].offset = 1;
          return w.ask<DeleteRecords>(request);
        },
        {}}},
      {"describe_producers",
       {kOrders,
        [](World& w) {
          DescribeProducersRequest request;
          request.topics.push_back({"orders", {0}});
          return w.ask<DescribeProducers>(request);
        },
        {}}},
      {"metadata",
       {kOrders,
        [](World& w) { return w.ask<Metadata>(metadata_request({"orders"}, false), 9); },
        {}}},
      {"metadata_all",
       {kOrders,
        [](World& w) {
          MetadataRequest request;
          request.topics = std::nullopt;
          return w.ask<Metadata>(request);
        },
        {}}},
      {"metadata_create_any", {kCluster, ask_metadata_create, {}}},
      {"metadata_create", {kFresh, ask_metadata_create, {}}},
      {"metadata_cluster",
       {kCluster,
        [](World& w) {
          MetadataRequest request = metadata_request({}, false);
          request.include_cluster_authorized_operations = true;
          const auto response = w.call<Metadata>(request, 9);
          return std::string(response.cluster_authorized_operations == 0 ? "" : "operations");
        },
        "operations"}},
      {"describe_partitions",
       {kOrders,
        [](World& w) {
          DescribeTopicPartitionsRequest request;
          request.topics.push_back({"orders"});
          return w.ask<DescribeTopicPartitions>(request);
        },
        {}}},
      {"describe_partitions_all",
       {kOrders, [](World& w) { return w.ask<DescribeTopicPartitions>({}); }, {}}},
      {"describe_cluster",
       {kCluster,
        [](World& w) {
          DescribeClusterRequest request;
          request.include_cluster_authorized_operations = true;
          const auto response = w.call<DescribeCluster>(request);
          return std::string(response.cluster_authorized_operations == 0 ? "" : "operations");
        },
        "operations"}},
      {"create_topics_any", {kCluster, ask_create, {}}},
      {"create_topics", {kFresh, ask_create, {}}},
      {"create_topics_configs", {kFresh, ask_create, "retention.ms"}},
      {"delete_topics_any", {kCluster, ask_delete, {}}},
      {"delete_topics", {kOrders, ask_delete, {}}},
      {"delete_topics_name",
       {kOrders,
        [](World& w) {
          DeleteTopicsRequest request;
          request.topics.push_back({std::nullopt, w.catalog().snapshot()->find("orders")->id});
          return w.ask<DeleteTopics>(request);
        },
        "\"orders\""}},
      {"create_partitions",
       {kOrders,
        [](World& w) {
          CreatePartitionsRequest request;
          auto& topic = request.topics.emplace_back();
          topic.name = "orders";
          topic.count = 3;
          topic.assignments = std::nullopt;
          return w.ask<CreatePartitions>(request);
        },
        {}}},
      {"describe_topic_configs",
       {kOrders,
        [](World& w) { return w.ask<DescribeConfigs>(describe_config_request(2, "orders")); },
        {}}},
      {"describe_group_configs",
       {kReaders,
        [](World& w) { return w.ask<DescribeConfigs>(describe_config_request(32, "readers")); },
        {}}},
      {"describe_other_configs",
       {kCluster,
        [](World& w) { return w.ask<DescribeConfigs>(describe_config_request(4, "1")); },
        {}}},
      {"alter_topic_configs",
       {kOrders,
        [](World& w) {
          return w.ask<AlterConfigs>(
              config_request<AlterConfigsRequest>(2, "orders", "retention.ms"));
        },
        {}}},
      {"alter_group_configs",
       {kReaders,
        [](World& w) {
          return w.ask<AlterConfigs>(
              config_request<AlterConfigsRequest>(32, "readers", "consumer.session.timeout.ms"));
        },
        {}}},
      {"alter_other_configs",
       {kCluster,
        [](World& w) {
          return w.ask<AlterConfigs>(
              config_request<AlterConfigsRequest>(4, "1", "log.retention.ms"));
        },
        {}}},
      {"change_topic_configs",
       {kOrders,
        [](World& w) {
          return w.ask<IncrementalAlterConfigs>(
              config_request<IncrementalAlterConfigsRequest>(2, "orders", "retention.ms"));
        },
        {}}},
      {"change_group_configs",
       {kReaders,
        [](World& w) {
          return w.ask<IncrementalAlterConfigs>(config_request<IncrementalAlterConfigsRequest>(
              32, "readers", "consumer.session.timeout.ms"));
        },
        {}}},
      {"change_other_configs",
       {kCluster,
        [](World& w) {
          return w.ask<IncrementalAlterConfigs>(
              config_request<IncrementalAlterConfigsRequest>(4, "1", "log.retention.ms"));
        },
        {}}},
      {"find_group", {kReaders, ask_coordinator<0>, {}}},
      {"find_transaction", {kTx, ask_coordinator<1>, {}}},
      {"join_group",
       {kReaders,
        [](World& w) {
          JoinGroupRequest request;
          request.group_id = "readers";
          request.session_timeout_ms = 10'000;
          request.protocol_type = "consumer";
          request.protocols.emplace_back().name = "range";
          return w.ask<JoinGroup>(request);
        },
        {}}},
      {"sync_group", {kReaders, ask_group<SyncGroup>, {}}},
      {"heartbeat", {kReaders, ask_group<Heartbeat>, {}}},
      {"leave_group", {kReaders, ask_group<LeaveGroup>, {}}},
      {"offset_commit_group", {kReaders, ask_commit, {}}},
      {"offset_commit", {kOrders, ask_commit, {}}},
      {"offset_fetch_group", {kReaders, ask_offset_fetch, {}}},
      {"offset_fetch", {kOrders, ask_offset_fetch, {}}},
      {"offset_fetch_all",
       {kOrders, [](World& w) { return w.ask<OffsetFetch>(offset_fetch_request(true), 9); }, {}}},
      {"offset_delete_group", {kReaders, ask_offset_delete, {}}},
      {"offset_delete", {kOrders, ask_offset_delete, {}}},
      {"describe_groups",
       {kReaders,
        [](World& w) {
          DescribeGroupsRequest request;
          request.groups = {"readers"};
          return w.ask<DescribeGroups>(request);
        },
        {}}},
      {"list_groups_any", {kCluster, ask_list_groups, {}}},
      {"list_groups", {kReaders, ask_list_groups, {}}},
      {"delete_groups",
       {kReaders,
        [](World& w) {
          DeleteGroupsRequest request;
          request.groups_names = {"readers"};
          return w.ask<DeleteGroups>(request);
        },
        {}}},
      {"init_transactional",
       {kTx, [](World& w) { return w.ask<InitProducerId>(init_request("tx-1")); }, {}}},
      {"init_idempotent", {kCluster, ask_init, {}}},
      {"init_writer", {kOrders, ask_init, {}}},
      {"add_partitions_transactional", {kTx, ask_add_partitions, {}}},
      {"add_partitions_many",
       {kCluster,
        [](World& w) {
          AddPartitionsToTxnRequest request;
          auto& transaction = request.transactions.emplace_back();
          transaction.transactional_id = "tx-1";
          transaction.producer_id = w.producer_id;
          transaction.producer_epoch = w.producer_epoch;
          transaction.verify_only = true;
          transaction.topics.push_back({"orders", {0}});
          return w.ask<AddPartitionsToTxn>(request);
        },
        {}}},
      {"add_partitions", {kOrders, ask_add_partitions, {}}},
      {"add_offsets_transactional", {kTx, ask_add_offsets, {}}},
      {"add_offsets_group", {kReaders, ask_add_offsets, {}}},
      {"txn_commit_transactional", {kTx, ask_txn_commit, {}}},
      {"txn_commit_group", {kReaders, ask_txn_commit, {}}},
      {"txn_commit", {kOrders, ask_txn_commit, {}}},
      {"end_txn",
       {kTx,
        [](World& w) {
          return w.ask<EndTxn>({.transactional_id = "tx-1",
                                .producer_id = w.producer_id,
                                .producer_epoch = w.producer_epoch,
                                .committed = false},
                               4);
        },
        {}}},
      {"write_markers_alter", {kCluster, ask_markers, {}}},
      {"write_markers", {kCluster, ask_markers, {}}},
      {"describe_transactions", {kTx, ask_transactions, {}}},
      {"describe_transactions_topics", {kOrders, ask_transactions, {}}},
      {"list_transactions", {kTx, [](World& w) { return w.ask<ListTransactions>({}); }, {}}},
      {"describe_log_dirs",
       {kCluster,
        [](World& w) {
          DescribeLogDirsRequest request;
          request.topics = std::nullopt;
          return w.ask<DescribeLogDirs>(request);
        },
        {}}},
      {"describe_users",
       {kCluster, [](World& w) { return w.ask<DescribeUserScramCredentials>({}); }, {}}},
      {"alter_users",
       {kCluster,
        [](World& w) {
          AlterUserScramCredentialsRequest request;
          request.deletions.push_back({.name = "app", .mechanism = 1});
          auto& user = request.upsertions.emplace_back();
          user.name = "mallory";
          user.mechanism = 1;
          user.iterations = 4'096;
          user.salt = Bytes(16, std::byte{'s'});
          user.salted_password = Bytes(32, std::byte{'p'});
          return w.ask<AlterUserScramCredentials>(request);
        },
        {}}},
      {"describe_quotas", {kCluster, [](World& w) { return w.ask<DescribeClientQuotas>({}); }, {}}},
      {"alter_quotas",
       {kCluster,
        [](World& w) {
          AlterClientQuotasRequest request;
          auto& entry = request.entries.emplace_back();
          entry.entity.push_back({"user", "mallory"});
          entry.ops.push_back({.key = "producer_byte_rate", .value = 1.0, .remove = false});
          return w.ask<AlterClientQuotas>(request);
        },
        {}}},
      {"describe_acls",
       {kCluster,
        [](World& w) {
          DescribeAclsRequest request;
          mean_all(request);
          return w.ask<DescribeAcls>(request);
        },
        {}}},
      {"create_acls",
       {kCluster,
        [](World& w) {
          CreateAclsRequest request;
          request.creations.push_back({.resource_type = 2,
                                       .resource_name = "orders",
                                       .principal = "User:mallory",
                                       .host = "*",
                                       .operation = 2,
                                       .permission_type = 3});
          return w.ask<CreateAcls>(request);
        },
        {}}},
      {"delete_acls",
       {kCluster,
        [](World& w) {
          DeleteAclsRequest request;
          mean_all(request.filters.emplace_back());
          return w.ask<DeleteAcls>(request);
        },
        {}}},
  });
  return kProbes;
}

}  // namespace kreel::test
