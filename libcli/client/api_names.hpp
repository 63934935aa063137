#pragma once

#include <string_view>

#include "protocol/messages/alter_client_quotas.hpp"
#include "protocol/messages/alter_partition_reassignments.hpp"
#include "protocol/messages/alter_replica_log_dirs.hpp"
#include "protocol/messages/alter_user_scram_credentials.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/create_acls.hpp"
#include "protocol/messages/create_partitions.hpp"
#include "protocol/messages/create_topics.hpp"
#include "protocol/messages/delete_acls.hpp"
#include "protocol/messages/delete_groups.hpp"
#include "protocol/messages/delete_records.hpp"
#include "protocol/messages/delete_topics.hpp"
#include "protocol/messages/describe_acls.hpp"
#include "protocol/messages/describe_client_quotas.hpp"
#include "protocol/messages/describe_cluster.hpp"
#include "protocol/messages/describe_configs.hpp"
#include "protocol/messages/describe_groups.hpp"
#include "protocol/messages/describe_log_dirs.hpp"
#include "protocol/messages/describe_producers.hpp"
#include "protocol/messages/describe_quorum.hpp"
#include "protocol/messages/describe_transactions.hpp"
#include "protocol/messages/describe_user_scram_credentials.hpp"
#include "protocol/messages/elect_leaders.hpp"
#include "protocol/messages/fetch.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "protocol/messages/incremental_alter_configs.hpp"
#include "protocol/messages/init_producer_id.hpp"
#include "protocol/messages/leave_group.hpp"
#include "protocol/messages/list_config_resources.hpp"
#include "protocol/messages/list_groups.hpp"
#include "protocol/messages/list_offsets.hpp"
#include "protocol/messages/list_partition_reassignments.hpp"
#include "protocol/messages/list_transactions.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/offset_commit.hpp"
#include "protocol/messages/offset_delete.hpp"
#include "protocol/messages/offset_fetch.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "protocol/messages/update_features.hpp"
#include "protocol/messages/write_txn_markers.hpp"

namespace kreel::client {

/// What a person is told about an API: its name, and the first Apache Kafka that has it. `max` is
/// the newest version that this client uses.
template <class Api>
struct ApiFacts;

#define KREEL_CLIENT_API_UP_TO(api, kafka_version, max_version)    \
  template <>                                                      \
  struct ApiFacts<protocol::api> {                                 \
    static constexpr std::string_view name = #api;                 \
    static constexpr std::string_view since_kafka = kafka_version; \
    static constexpr protocol::Version max = max_version;          \
  };
#define KREEL_CLIENT_API(api, kafka_version) \
  KREEL_CLIENT_API_UP_TO(api, kafka_version, protocol::api::Request::versions.max)

KREEL_CLIENT_API_UP_TO(ApiVersions, "0.10", 3)
KREEL_CLIENT_API(Metadata, "0.8")
KREEL_CLIENT_API(CreateTopics, "0.10.1")
KREEL_CLIENT_API(DeleteTopics, "0.10.1")
KREEL_CLIENT_API(CreatePartitions, "1.0")
KREEL_CLIENT_API(DescribeConfigs, "0.11")
KREEL_CLIENT_API(IncrementalAlterConfigs, "2.3")
KREEL_CLIENT_API(DeleteRecords, "0.11")
KREEL_CLIENT_API(DescribeCluster, "2.8")
KREEL_CLIENT_API(DescribeLogDirs, "1.0")
KREEL_CLIENT_API(ListOffsets, "0.8")
KREEL_CLIENT_API(FindCoordinator, "0.8.2")
KREEL_CLIENT_API(ListGroups, "0.9")
KREEL_CLIENT_API(DescribeGroups, "0.9")
KREEL_CLIENT_API(DeleteGroups, "1.1")
KREEL_CLIENT_API(LeaveGroup, "0.9")
KREEL_CLIENT_API(ListConfigResources, "3.7")
KREEL_CLIENT_API(OffsetDelete, "2.4")
KREEL_CLIENT_API(DescribeProducers, "2.8")
KREEL_CLIENT_API(DescribeTransactions, "3.0")
KREEL_CLIENT_API(ListTransactions, "3.0")
KREEL_CLIENT_API(WriteTxnMarkers, "2.8")
KREEL_CLIENT_API(InitProducerId, "0.11")
KREEL_CLIENT_API(SaslHandshake, "0.10")
KREEL_CLIENT_API(SaslAuthenticate, "1.0")
KREEL_CLIENT_API(DescribeUserScramCredentials, "2.7")
KREEL_CLIENT_API(AlterUserScramCredentials, "2.7")
KREEL_CLIENT_API(DescribeClientQuotas, "2.6")
KREEL_CLIENT_API(AlterClientQuotas, "2.6")
KREEL_CLIENT_API(ElectLeaders, "2.2")
KREEL_CLIENT_API(AlterPartitionReassignments, "2.4")
KREEL_CLIENT_API(ListPartitionReassignments, "2.4")
KREEL_CLIENT_API(AlterReplicaLogDirs, "1.1")
KREEL_CLIENT_API(DescribeQuorum, "3.0")
KREEL_CLIENT_API(UpdateFeatures, "2.7")
KREEL_CLIENT_API(DescribeAcls, "2.0")
KREEL_CLIENT_API(CreateAcls, "2.0")
KREEL_CLIENT_API(DeleteAcls, "2.0")
// Newer versions name topics by id; names need no lookup and survive a topic made anew.
KREEL_CLIENT_API_UP_TO(Fetch, "0.8", 12)
KREEL_CLIENT_API_UP_TO(OffsetCommit, "0.8", 9)
KREEL_CLIENT_API_UP_TO(OffsetFetch, "0.8", 9)

#undef KREEL_CLIENT_API
#undef KREEL_CLIENT_API_UP_TO

}  // namespace kreel::client
