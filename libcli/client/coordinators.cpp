#include "client/admin_impl.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr protocol::Version kBatchedFrom = 4;

struct Question {
  Coordinated kind = Coordinated::kGroup;
  std::string_view operation;
  std::string user;

  Subject subject(const std::string& key) const {
    return (kind == Coordinated::kGroup ? Subject::group(key, operation)
                                        : Subject::transactional_id(key, operation))
        .by(user);
  }
};

GroupCoordinator coordinator_of(const std::string& key, ErrorCode code,
                                const std::optional<std::string>& text, BrokerInfo broker,
                                const Question& question) {
  GroupCoordinator coordinator{key, std::move(broker), std::nullopt};
  if (code != ErrorCode::NONE) {
    coordinator.error = item_error(code, question.subject(key), text);
  }
  return coordinator;
}

Result<std::vector<GroupCoordinator>> find_batched(Connection& connection,
                                                   protocol::Version version,
                                                   std::span<const std::string> keys,
                                                   const Question& question,
                                                   const Deadline& deadline) {
  protocol::FindCoordinatorRequest request;
  request.key_type = static_cast<std::int8_t>(question.kind);
  request.coordinator_keys.assign(keys.begin(), keys.end());
  TRY_ASSIGN(const auto pending,
             connection.send<protocol::FindCoordinator>(request, version, deadline));
  TRY_ASSIGN(const auto reply, connection.receive(pending, deadline));
  std::map<std::string, GroupCoordinator> answered;
  for (const auto& one : reply->coordinators) {
    answered[one.key] = coordinator_of(one.key, one.error_code, one.error_message,
                                       {one.node_id, one.host, one.port, {}, false}, question);
  }
  std::vector<GroupCoordinator> found;
  for (const std::string& key : keys) {
    const auto at = answered.find(key);
    found.push_back(at != answered.end() ? at->second
                                         : coordinator_of(key,
                                                          reply->error_code == ErrorCode::NONE
                                                              ? ErrorCode::COORDINATOR_NOT_AVAILABLE
                                                              : reply->error_code,
                                                          reply->error_message, {}, question));
  }
  return found;
}

/// Before Kafka 3.0: a request for each key, all under way at once.
Result<std::vector<GroupCoordinator>> find_one_by_one(Connection& connection,
                                                      protocol::Version version,
                                                      std::span<const std::string> keys,
                                                      const Question& question,
                                                      const Deadline& deadline) {
  std::vector<Pending<protocol::FindCoordinator>> pending;
  for (const std::string& key : keys) {
    protocol::FindCoordinatorRequest request;
    request.key = key;
    request.key_type = static_cast<std::int8_t>(question.kind);
    TRY_ASSIGN(const auto sent,
               connection.send<protocol::FindCoordinator>(request, version, deadline));
    pending.push_back(sent);
  }
  std::vector<GroupCoordinator> found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    TRY_ASSIGN(const auto reply, connection.receive(pending[i], deadline));
    found.push_back(coordinator_of(keys[i], reply->error_code, reply->error_message,
                                   {reply->node_id, reply->host, reply->port, {}, false},
                                   question));
  }
  return found;
}

/// Who coordinates each of `keys`, in their order: one request where the broker can (v4).
Result<std::vector<GroupCoordinator>> find_coordinators_of(Cluster& cluster,
                                                           std::span<const std::string> keys,
                                                           const Question& question,
                                                           const Deadline& deadline) {
  using Found = Result<std::vector<GroupCoordinator>>;
  const auto ask = [&](Connection& connection, const Deadline& limit) -> Found {
    TRY_ASSIGN(const auto version, connection.version<protocol::FindCoordinator>());
    return version >= kBatchedFrom ? find_batched(connection, version, keys, question, limit)
                                   : find_one_by_one(connection, version, keys, question, limit);
  };
  auto found = cluster.with_any(deadline, ask);
  if (!found) return found;
  for (const GroupCoordinator& coordinator : *found) {
    if (!coordinator.error) cluster.learn(coordinator.broker);
  }
  return found;
}

}  // namespace

Result<void> CoordinatorRouter::prepare(std::span<const std::size_t> items, bool again,
                                        Outcome& outcome, const Deadline& deadline) {
  std::set<std::string> wanted;
  for (const std::size_t item : items) {
    outcome.reopen(item);
    if (again || !coordinators_.contains(keys_[item])) wanted.insert(keys_[item]);
  }
  const std::vector<std::string> asked(wanted.begin(), wanted.end());
  if (asked.empty()) return {};
  TRY_ASSIGN(const auto found,
             find_coordinators_of(cluster_, asked, {kind_, operation_, cluster_.user()}, deadline));
  std::map<std::string, ItemError> errors;
  for (const GroupCoordinator& coordinator : found) {
    if (coordinator.error) {
      errors.emplace(coordinator.group, *coordinator.error);
    } else {
      coordinators_[coordinator.group] = coordinator.broker.id;
    }
  }
  for (const std::size_t item : items) {
    const auto error = errors.find(keys_[item]);
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
  Outcome outcome(groups.size(), cluster_.user());
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
