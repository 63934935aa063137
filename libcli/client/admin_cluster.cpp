#include <algorithm>

#include "base/text.hpp"
#include "client/admin_impl.hpp"
#include "client/library_admin.hpp"
#include "client/tls_client.hpp"

namespace kreel {

Result<std::unique_ptr<AdminClient>> AdminClient::connect(const ClientConfig& config) {
  if (client::only_library_logs_in(config)) return std::make_unique<client::LibraryAdmin>(config);
  TRY_ASSIGN(auto connector, client::make_connector(config));
  auto admin = std::make_unique<client::ProtocolAdmin>(config, std::move(connector));
  TRY(admin->open());
  return admin;
}

}  // namespace kreel

namespace kreel::client {

using protocol::ErrorCode;

Result<void> ProtocolAdmin::open() {
  TRY(cluster_.any(cluster_.new_deadline()));
  return {};
}

bool ProtocolAdmin::is_unknown_topic(const ItemError& error) {
  const auto code = static_cast<ErrorCode>(error.code);
  return code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION || code == ErrorCode::UNKNOWN_TOPIC_ID;
}

Result<void> ProtocolAdmin::require_transactions() {
  constexpr std::int16_t kAddPartitionsToTxn = 24;
  TRY_ASSIGN(const Connection* broker, cluster_.any(cluster_.new_deadline()));
  if (broker->has_api(kAddPartitionsToTxn)) return {};
  return fail(ErrorKind::kFailed,
              "the broker does not support transactions (Kafka 0.11 and later do)");
}

std::vector<std::string> ProtocolAdmin::topic_names(const Deadline& deadline) {
  std::vector<std::string> names;
  const auto all = cluster_.metadata(std::nullopt, deadline);
  if (!all) return names;
  for (const auto& topic : all->topics) names.push_back(topic.name.value_or(""));
  return names;
}

namespace {

void sort_brokers(ClusterInfo& info) {
  std::ranges::sort(info.brokers, {}, &BrokerInfo::id);
}

Result<ClusterInfo> from_metadata(Cluster& cluster, const Deadline& deadline) {
  TRY_ASSIGN(const auto response, cluster.metadata(std::vector<std::string>(), deadline));
  ClusterInfo info;
  info.cluster_id = response.cluster_id;
  info.controller_id = cluster.controller_id();
  for (const auto& [id, broker] : cluster.brokers()) info.brokers.push_back(broker);
  return info;
}

Result<ClusterInfo> from_describe_cluster(Connection& connection, const std::string& user,
                                          const Deadline& deadline) {
  TRY_ASSIGN(const auto version, connection.version<protocol::DescribeCluster>());
  protocol::DescribeClusterRequest request;
  request.include_fenced_brokers = version >= 2;
  TRY_ASSIGN(const auto pending,
             connection.send<protocol::DescribeCluster>(request, version, deadline));
  TRY_ASSIGN(const auto reply, connection.receive(pending, deadline));
  if (reply->error_code != ErrorCode::NONE) {
    return fail(describe_error(reply->error_code, Subject::cluster("DESCRIBE").by(user),
                               reply->error_message));
  }
  ClusterInfo info;
  if (!reply->cluster_id.empty()) info.cluster_id = reply->cluster_id;
  if (reply->controller_id >= 0) info.controller_id = reply->controller_id;
  for (const auto& broker : reply->brokers) {
    info.brokers.push_back(
        {broker.broker_id, broker.host, broker.port, broker.rack, broker.is_fenced});
  }
  sort_brokers(info);
  return info;
}

}  // namespace

Result<ClusterInfo> ProtocolAdmin::describe_cluster() {
  const Deadline deadline = cluster_.new_deadline();
  return cluster_.with_any(deadline, [&](Connection& connection, const Deadline& limit) {
    return connection.supports<protocol::DescribeCluster>()
               ? from_describe_cluster(connection, cluster_.user(), limit)
               : from_metadata(cluster_, limit);
  });
}

}  // namespace kreel::client
