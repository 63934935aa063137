#include "client/admin_impl.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr protocol::Version kBatchedFrom = 4;

GroupCoordinator coordinator_of(const std::string& group, ErrorCode code,
                                const std::optional<std::string>& text, BrokerInfo broker,
                                std::string_view operation) {
  GroupCoordinator coordinator{group, std::move(broker), std::nullopt};
  if (code != ErrorCode::NONE) {
    coordinator.error = item_error(code, Subject::group(group, operation), text);
  }
  return coordinator;
}

Result<std::vector<GroupCoordinator>> find_batched(Connection& connection,
                                                   protocol::Version version,
                                                   std::span<const std::string> groups,
                                                   std::string_view operation,
                                                   const Deadline& deadline) {
  protocol::FindCoordinatorRequest request;
  request.coordinator_keys.assign(groups.begin(), groups.end());
  TRY_ASSIGN(const auto pending,
             connection.send<protocol::FindCoordinator>(request, version, deadline));
  TRY_ASSIGN(const auto reply, connection.receive(pending, deadline));
  std::map<std::string, GroupCoordinator> answered;
  for (const auto& one : reply->coordinators) {
    answered[one.key] = coordinator_of(one.key, one.error_code, one.error_message,
                                       {one.node_id, one.host, one.port, {}, false}, operation);
  }
  std::vector<GroupCoordinator> found;
  for (const std::string& group : groups) {
    const auto at = answered.find(group);
    found.push_back(at != answered.end() ? at->second
                                         : coordinator_of(group,
                                                          reply->error_code == ErrorCode::NONE
                                                              ? ErrorCode::COORDINATOR_NOT_AVAILABLE
                                                              : reply->error_code,
                                                          reply->error_message, {}, operation));
  }
  return found;
}

/// Before Kafka 3.0: a request for each group, all under way at once.
Result<std::vector<GroupCoordinator>> find_one_by_one(Connection& connection,
                                                      protocol::Version version,
                                                      std::span<const std::string> groups,
                                                      std::string_view operation,
                                                      const Deadline& deadline) {
  std::vector<Pending<protocol::FindCoordinator>> pending;
  for (const std::string& group : groups) {
    protocol::FindCoordinatorRequest request;
    request.key = group;
    TRY_ASSIGN(const auto sent,
               connection.send<protocol::FindCoordinator>(request, version, deadline));
    pending.push_back(sent);
  }
  std::vector<GroupCoordinator> found;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    TRY_ASSIGN(const auto reply, connection.receive(pending[i], deadline));
    found.push_back(coordinator_of(groups[i], reply->error_code, reply->error_message,
                                   {reply->node_id, reply->host, reply->port, {}, false},
                                   operation));
  }
  return found;
}

}  // namespace

Result<std::vector<GroupCoordinator>> find_coordinators(Cluster& cluster,
                                                        std::span<const std::string> groups,
                                                        std::string_view operation,
                                                        const Deadline& deadline) {
  TRY_ASSIGN(Connection * connection, cluster.any(deadline));
  TRY_ASSIGN(const auto version, connection->version<protocol::FindCoordinator>());
  auto found = version >= kBatchedFrom
                   ? find_batched(*connection, version, groups, operation, deadline)
                   : find_one_by_one(*connection, version, groups, operation, deadline);
  if (!found) return found;
  for (const GroupCoordinator& coordinator : *found) {
    if (!coordinator.error) cluster.learn(coordinator.broker);
  }
  return found;
}

Result<void> CoordinatorRouter::prepare(std::span<const std::size_t> items, bool again,
                                        Outcome& outcome, const Deadline& deadline) {
  std::set<std::string> wanted;
  for (const std::size_t item : items) {
    outcome.reopen(item);
    if (again || !coordinators_.contains(groups_[item])) wanted.insert(groups_[item]);
  }
  const std::vector<std::string> asked(wanted.begin(), wanted.end());
  if (asked.empty()) return {};
  TRY_ASSIGN(const auto found, client::find_coordinators(cluster_, asked, operation_, deadline));
  std::map<std::string, ItemError> errors;
  for (const GroupCoordinator& coordinator : found) {
    if (coordinator.error) {
      errors.emplace(coordinator.group, *coordinator.error);
    } else {
      coordinators_[coordinator.group] = coordinator.broker.id;
    }
  }
  for (const std::size_t item : items) {
    const auto error = errors.find(groups_[item]);
    if (error == errors.end()) continue;
    outcome.failed(item, error->second,
                   moved_or_loading(static_cast<ErrorCode>(error->second.code)));
  }
  return {};
}

Result<std::vector<GroupCoordinator>> ProtocolAdmin::find_coordinators(
    std::span<const std::string> groups) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<std::string> names(groups.begin(), groups.end());
  CoordinatorRouter router(cluster_, names, "DESCRIBE");
  Outcome outcome(groups.size());
  std::vector<GroupCoordinator> found(groups.size());
  for (int round = 0;; ++round) {
    const auto open = outcome.open_items();
    if (open.empty() || (round > 0 && !pause_before_round(round, deadline))) break;
    TRY(router.prepare(open, round > 0, outcome, deadline));
    for (const std::size_t item : open) {
      if (outcome.has_error(item)) continue;
      found[item].broker = cluster_.brokers().at(router.broker_of(item));
      outcome.done(item);
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    found[i].group = names[i];
    found[i].error = outcome.take_error(i);
  }
  return found;
}

}  // namespace kreel::client
