#include "client/cluster.hpp"

#include <algorithm>

namespace kreel::client {

Error cannot_reach_advertised(const BrokerInfo& broker, Error why) {
  if (why.kind() != ErrorKind::kUnreachable) return why;
  const Endpoint endpoint{broker.host, static_cast<std::uint16_t>(broker.port)};
  return Error(ErrorKind::kUnreachable,
               fmt::format("broker {} advertises {}, which cannot be reached from here", broker.id,
                           endpoint.to_string()),
               fmt::format("{}; if it runs, {}", why.message(), kAdvertisedHint));
}

void Cluster::drop_broken() {
  std::erase_if(connections_, [](const auto& connection) { return !connection->usable(); });
}

Connection* Cluster::keep(std::unique_ptr<Connection> opened) {
  opened->explain_hang_ups_by(*connector_);
  return connections_.emplace_back(std::move(opened)).get();
}

Result<Connection*> Cluster::any(const Deadline& deadline) {
  drop_broken();
  if (!connections_.empty()) return connections_.front().get();
  return open_bootstrap(deadline);
}

std::vector<Endpoint> Cluster::first_endpoints() const {
  std::vector<Endpoint> endpoints = config_.bootstrap_servers;
  for (const auto& [id, broker] : brokers_) {
    const Endpoint known{broker.host, static_cast<std::uint16_t>(broker.port)};
    if (std::ranges::find(endpoints, known) == endpoints.end()) endpoints.push_back(known);
  }
  return endpoints;
}

Result<Connection*> Cluster::open_bootstrap(const Deadline& deadline) {
  std::optional<Error> first_error;
  const std::vector<Endpoint> servers = first_endpoints();
  std::size_t left = servers.size();
  for (const Endpoint& server : servers) {
    // One silent server leaves time for the others.
    const Deadline limit = left == 1 ? deadline : deadline.share(left);
    --left;
    auto opened = Connection::open(*connector_, server, config_.client_id, limit);
    if (opened) return keep(std::move(*opened));
    if (!first_error) first_error = std::move(opened).error();
  }
  if (config_.bootstrap_servers.size() > 1) {
    return fail(std::move(*first_error)
                    .with_hint(fmt::format("none of the {} brokers given answers",
                                           config_.bootstrap_servers.size())));
  }
  return fail(std::move(*first_error));
}

Result<Connection*> Cluster::broker(std::int32_t id, const Deadline& deadline) {
  drop_broken();
  if (!brokers_.contains(id)) TRY(ensure_brokers(deadline));
  const auto known = brokers_.find(id);
  if (known == brokers_.end()) {
    return fail(ErrorKind::kUnreachable, fmt::format("broker {} is not registered now", id));
  }
  const BrokerInfo& info = known->second;
  const Endpoint endpoint{info.host, static_cast<std::uint16_t>(info.port)};
  for (const auto& connection : connections_) {
    if (connection->endpoint() == endpoint) return connection.get();
  }
  auto opened = Connection::open(*connector_, endpoint, config_.client_id, deadline);
  if (opened) return keep(std::move(*opened));
  return fail(cannot_reach_advertised(info, std::move(opened).error()));
}

void Cluster::has_failed(std::int32_t id, bool timed_out) {
  int& failures = failures_[id];
  failures = timed_out ? kFailuresMax : failures + 1;
}

Deadline Cluster::patience(std::int32_t id, const Deadline& limit, const Deadline& call) const {
  if (!has_others()) return limit;
  const auto failed = failures_.find(id);
  return limit.at_most_ms(first_patience_ms(call) *
                          (1 + (failed == failures_.end() ? 0 : failed->second)));
}

bool Cluster::may_be_replaced(std::int32_t id) const {
  const auto failed = failures_.find(id);
  return has_others() && (failed == failures_.end() || failed->second < kFailuresMax);
}

Result<void> Cluster::ensure_brokers(const Deadline& deadline) {
  if (all_brokers_known_) return {};
  TRY(metadata(std::vector<std::string>(), deadline));
  return {};
}

Result<protocol::MetadataResponse> Cluster::metadata(
    const std::optional<std::vector<std::string>>& topics, const Deadline& deadline) {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  if (topics) {
    for (const std::string& name : *topics) request.topics->emplace_back().name = name;
  } else {
    request.topics.reset();
  }
  auto reply = with_any(deadline, [&](Connection& broker, const Deadline& limit) {
    return ask_metadata(broker, request, limit);
  });
  if (!reply) return fail(std::move(reply).error());
  remember(*reply);
  return reply;
}

Result<protocol::MetadataResponse> Cluster::ask_metadata(Connection& connection,
                                                         const protocol::MetadataRequest& request,
                                                         const Deadline& deadline) {
  TRY_ASSIGN(const protocol::Version version, connection.version<protocol::Metadata>());
  if (version < 4) {
    return fail(ErrorKind::kFailed,
                fmt::format("{} is older than Kafka 0.11, which kreel needs at least",
                            connection.endpoint().to_string()));
  }
  TRY_ASSIGN(const auto pending, connection.send<protocol::Metadata>(request, version, deadline));
  TRY_ASSIGN(auto reply, connection.receive(pending, deadline));
  return std::move(reply.body);
}

void Cluster::learn(const BrokerInfo& broker) {
  BrokerInfo& known = brokers_[broker.id];
  if (known.host != broker.host || known.port != broker.port) known = broker;
}

void Cluster::remember(const protocol::MetadataResponse& response) {
  brokers_.clear();
  all_brokers_known_ = true;
  for (const auto& broker : response.brokers) {
    brokers_[broker.node_id] = {broker.node_id, broker.host, broker.port, broker.rack, false};
  }
  controller_id_.reset();
  if (response.controller_id >= 0) controller_id_ = response.controller_id;
  for (const auto& topic : response.topics) {
    TopicLeaders& leaders = topics_[topic.name.value_or("")];
    leaders = {topic.error_code, {}};
    for (const auto& partition : topic.partitions) {
      leaders.leaders[partition.partition_index] = partition.leader_id;
    }
  }
}

const Cluster::TopicLeaders* Cluster::topic(const std::string& name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : &found->second;
}

}  // namespace kreel::client
