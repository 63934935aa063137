#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/version.hpp"

namespace kreel::protocol {

/// Kafka's number of an API; every one of apis.def is named here, and api.cpp checks the numbers
/// against the message headers.
enum class ApiKey : std::int16_t {
  Produce = 0,
  Fetch = 1,
  ListOffsets = 2,
  Metadata = 3,
  OffsetCommit = 8,
  OffsetFetch = 9,
  FindCoordinator = 10,
  JoinGroup = 11,
  Heartbeat = 12,
  LeaveGroup = 13,
  SyncGroup = 14,
  DescribeGroups = 15,
  ListGroups = 16,
  SaslHandshake = 17,
  ApiVersions = 18,
  CreateTopics = 19,
  DeleteTopics = 20,
  DeleteRecords = 21,
  InitProducerId = 22,
  OffsetForLeaderEpoch = 23,
  AddPartitionsToTxn = 24,
  AddOffsetsToTxn = 25,
  EndTxn = 26,
  WriteTxnMarkers = 27,
  TxnOffsetCommit = 28,
  DescribeAcls = 29,
  CreateAcls = 30,
  DeleteAcls = 31,
  DescribeConfigs = 32,
  AlterConfigs = 33,
  AlterReplicaLogDirs = 34,
  DescribeLogDirs = 35,
  SaslAuthenticate = 36,
  CreatePartitions = 37,
  DeleteGroups = 42,
  ElectLeaders = 43,
  IncrementalAlterConfigs = 44,
  AlterPartitionReassignments = 45,
  ListPartitionReassignments = 46,
  OffsetDelete = 47,
  DescribeClientQuotas = 48,
  AlterClientQuotas = 49,
  DescribeUserScramCredentials = 50,
  AlterUserScramCredentials = 51,
  DescribeQuorum = 55,
  UpdateFeatures = 57,
  DescribeCluster = 60,
  DescribeProducers = 61,
  DescribeTransactions = 65,
  ListTransactions = 66,
  ListConfigResources = 74,
  DescribeTopicPartitions = 75,
};

/// One API as this broker serves it.
struct ApiInfo {
  ApiKey key{};
  std::string_view name;
  Version min = 0;  ///< the lowest version that is served
  Version max = 0;
  /// What ApiVersions says: lower than `min` for Produce alone, since librdkafka up to 2.11.0 takes
  /// a minimum above 0 for "no compression" (KAFKA-18659).
  Version advertised_min = 0;
  Version flexible_from = kNever;

  constexpr bool serves(Version version) const { return version >= min && version <= max; }
};

/// In the order of apis.def.
std::span<const ApiInfo> api_table();
/// The place in api_table(); nullopt for an API that is not served.
std::optional<std::size_t> api_table_index(std::int16_t key);
const ApiInfo& api_info(ApiKey key);

/// 1, or 2 (with tagged fields) for flexible versions.
Version request_header_version(ApiKey key, Version version);
/// 0, or 1 (with tagged fields) for flexible versions; always 0 for ApiVersions, whose reply must
/// be readable before versions are agreed on (KIP-511).
Version response_header_version(ApiKey key, Version version);

}  // namespace kreel::protocol
