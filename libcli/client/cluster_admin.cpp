#include "kreel/cluster_admin.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.hpp"
#include "base/uuid.hpp"
#include "client/cluster_admin_impl.hpp"
#include "client/controller_messages.hpp"
#include "client/error_text.hpp"
#include "client/library_admin.hpp"
#include "client/scatter.hpp"
#include "client/tls_client.hpp"

// The quorum, features and versions. Replicas are in cluster_replicas.cpp.

namespace kreel {

using client::Subject;
using protocol::ErrorCode;

namespace {

std::optional<std::int64_t> time_of(std::int64_t ms) {
  return ms < 0 ? std::optional<std::int64_t>() : ms;
}

template <class State>
QuorumReplica replica_of(const State& state) {
  QuorumReplica replica;
  replica.id = state.replica_id;
  if (!state.replica_directory_id.is_zero()) {
    replica.directory_id = state.replica_directory_id.to_string();
  }
  replica.log_end_offset = state.log_end_offset;
  replica.last_fetch_ms = time_of(state.last_fetch_timestamp);
  replica.last_caught_up_ms = time_of(state.last_caught_up_timestamp);
  return replica;
}

Result<QuorumInfo> quorum_of(const protocol::DescribeQuorumResponse& response) {
  const Subject subject = Subject::cluster("DESCRIBE");
  if (response.error_code != ErrorCode::NONE) {
    return fail(describe_error(response.error_code, subject, response.error_message));
  }
  if (response.topics.size() != 1 || response.topics[0].partitions.size() != 1) {
    return fail(ErrorKind::kFailed, "DescribeQuorum was answered without the metadata partition");
  }
  const auto& partition = response.topics[0].partitions[0];
  if (partition.error_code != ErrorCode::NONE) {
    return fail(describe_error(partition.error_code, subject, partition.error_message));
  }
  QuorumInfo info;
  info.leader_id = partition.leader_id;
  info.leader_epoch = partition.leader_epoch;
  info.high_watermark = partition.high_watermark;
  for (const auto& voter : partition.current_voters) info.voters.push_back(replica_of(voter));
  for (const auto& observer : partition.observers) info.observers.push_back(replica_of(observer));
  for (const auto& node : response.nodes) {
    auto& [id, listeners] = info.nodes.emplace_back(node.node_id, std::vector<QuorumListener>());
    for (const auto& listener : node.listeners) {
      listeners.push_back({listener.name, listener.host, listener.port});
    }
  }
  std::ranges::sort(info.nodes, {}, [](const auto& node) { return node.first; });
  return info;
}

BrokerVersions versions_of(std::int32_t broker_id, const protocol::ApiVersionsResponse& response) {
  BrokerVersions versions;
  versions.broker_id = broker_id;
  for (const auto& api : response.api_keys) {
    versions.apis.push_back({api.api_key, api.min_version, api.max_version});
  }
  for (const auto& feature : response.supported_features) {
    versions.supported.push_back({feature.name, feature.min_version, feature.max_version});
  }
  for (const auto& feature : response.finalized_features) {
    versions.finalized.push_back(
        {feature.name, feature.min_version_level, feature.max_version_level});
  }
  if (response.finalized_features_epoch >= 0) {
    versions.features_epoch = response.finalized_features_epoch;
  }
  std::ranges::sort(versions.apis, {}, &ApiRange::key);
  std::ranges::sort(versions.supported, {}, &FeatureRange::name);
  std::ranges::sort(versions.finalized, {}, &FeatureRange::name);
  return versions;
}

template <class Response>
std::optional<Refusal> refusal_of(const Response& response) {
  if (response.error_code == ErrorCode::NONE) return std::nullopt;
  return Refusal{item_error(response.error_code, Subject::cluster("ALTER"), response.error_message),
                 response.error_message.value_or("")};
}

Result<Uuid> directory_of(const std::string& text) {
  if (const auto id = Uuid::parse(text)) return *id;
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not an id of a directory", text));
}

}  // namespace

std::string random_uuid() {
  SystemRandom random;
  return Uuid::random(random).to_string();
}

ClusterAdmin::ClusterAdmin(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClusterAdmin::~ClusterAdmin() = default;

Result<std::unique_ptr<ClusterAdmin>> ClusterAdmin::connect(const ClientConfig& config) {
  if (client::only_library_logs_in(config)) {
    return fail(ErrorKind::kUsage, "this login is spoken for producing and consuming alone");
  }
  TRY_ASSIGN(auto connector, client::make_connector(config));
  auto impl = std::make_unique<Impl>(config, std::move(connector));
  TRY(impl->cluster.any(impl->cluster.new_deadline()));
  return std::unique_ptr<ClusterAdmin>(new ClusterAdmin(std::move(impl)));
}

Result<QuorumInfo> ClusterAdmin::describe_quorum() {
  protocol::DescribeQuorumRequest request;
  auto& topic = request.topics.emplace_back();
  topic.topic_name = "__cluster_metadata";
  topic.partitions.emplace_back();
  TRY_ASSIGN(const auto reply, impl_->ask<protocol::DescribeQuorum>(request));
  return quorum_of(reply.body);
}

Result<std::vector<BrokerVersions>> ClusterAdmin::broker_versions() {
  constexpr protocol::Version kNewest = protocol::ApiVersionsRequest::versions.max;
  const client::Deadline deadline = impl_->cluster.new_deadline();
  TRY(impl_->cluster.ensure_brokers(deadline));
  protocol::ApiVersionsRequest request;
  request.client_software_name = "kreel";
  request.client_software_version = "1";
  std::vector<BrokerVersions> all;
  for (const auto& [id, broker] : impl_->cluster.brokers()) {
    const auto ask = [&, node = id]() -> Result<BrokerVersions> {
      TRY_ASSIGN(client::Connection * connection, impl_->cluster.broker(node, deadline));
      TRY_ASSIGN(const auto version, connection->version<protocol::ApiVersions>(kNewest));
      TRY_ASSIGN(const auto pending,
                 connection->send<protocol::ApiVersions>(request, version, deadline));
      TRY_ASSIGN(const auto reply, connection->receive(pending, deadline));
      if (reply->error_code != ErrorCode::NONE) {
        return fail(describe_error(reply->error_code, Subject::cluster("DESCRIBE")));
      }
      return versions_of(node, reply.body);
    };
    auto versions = ask();
    if (!versions) {
      BrokerVersions unknown;
      unknown.broker_id = id;
      unknown.error = ItemError{versions.error(), 0};
      all.push_back(std::move(unknown));
    } else {
      all.push_back(std::move(*versions));
    }
  }
  return all;
}

Result<std::optional<Refusal>> ClusterAdmin::update_features(std::span<const FeatureUpdate> updates,
                                                             bool validate_only) {
  protocol::UpdateFeaturesRequest request;
  request.validate_only = validate_only;
  for (const FeatureUpdate& update : updates) {
    auto& asked = request.feature_updates.emplace_back();
    asked.feature = update.name;
    asked.max_version_level = update.level;
    asked.upgrade_type = static_cast<std::int8_t>(update.kind);
  }
  TRY_ASSIGN(const auto reply, impl_->ask<protocol::UpdateFeatures>(request));
  if (auto refusal = refusal_of(reply.body)) return refusal;
  for (const auto& result : reply->results) {
    if (auto refusal = refusal_of(result)) return refusal;
  }
  return std::nullopt;
}

Result<std::optional<Refusal>> ClusterAdmin::unregister_broker(std::int32_t id) {
  client::UnregisterBrokerRequest request;
  request.broker_id = id;
  TRY_ASSIGN(const auto reply, impl_->ask<client::UnregisterBroker>(request));
  return refusal_of(reply.body);
}

Result<std::optional<Refusal>> ClusterAdmin::add_voter(const NewVoter& voter) {
  constexpr std::int32_t kTimeoutMs = 60'000;
  client::AddRaftVoterRequest request;
  request.cluster_id = std::nullopt;
  request.timeout_ms = kTimeoutMs;
  request.voter_id = voter.id;
  TRY_ASSIGN(request.voter_directory_id, directory_of(voter.directory_id));
  for (const QuorumListener& listener : voter.listeners) {
    request.listeners.push_back(
        {listener.name, listener.host, static_cast<std::uint16_t>(listener.port)});
  }
  TRY_ASSIGN(const auto reply, impl_->ask<client::AddRaftVoter>(request));
  return refusal_of(reply.body);
}

Result<std::optional<Refusal>> ClusterAdmin::remove_voter(std::int32_t id,
                                                          const std::string& directory_id) {
  client::RemoveRaftVoterRequest request;
  request.cluster_id = std::nullopt;
  request.voter_id = id;
  TRY_ASSIGN(request.voter_directory_id, directory_of(directory_id));
  TRY_ASSIGN(const auto reply, impl_->ask<client::RemoveRaftVoter>(request));
  return refusal_of(reply.body);
}

}  // namespace kreel
