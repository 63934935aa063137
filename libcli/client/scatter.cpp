#include "client/scatter.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace kreel::client {
namespace {

using protocol::ErrorCode;

constexpr std::int64_t kFirstRetryMs = 20;
constexpr std::int64_t kLongestRetryMs = 1'000;

/// Error of a partition that Metadata does not place at a leader; nothing when it does.
void check_leader(const Cluster::TopicLeaders* topic, const TopicPartition& at, std::size_t item,
                  std::string_view operation, Outcome& outcome) {
  if (topic == nullptr) {
    return outcome.failed(item, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                          Subject::topic(at.topic, operation));
  }
  if (topic->error != ErrorCode::NONE) {
    return outcome.failed(item, topic->error, Subject::topic(at.topic, operation));
  }
  const auto found = topic->leaders.find(at.partition);
  if (found == topic->leaders.end()) {
    return outcome.failed(item, {partition_out_of_range(at, topic->leaders.size()), 0}, false);
  }
  if (found->second < 0) {
    outcome.failed(item, ErrorCode::LEADER_NOT_AVAILABLE, Subject::partition_of(at, operation));
  }
}

}  // namespace

bool moved_or_loading(ErrorCode code) {
  switch (code) {
    case ErrorCode::LEADER_NOT_AVAILABLE:
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::REPLICA_NOT_AVAILABLE:
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::NOT_CONTROLLER:
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::UNKNOWN_LEADER_EPOCH:
    case ErrorCode::OFFSET_NOT_AVAILABLE:
    case ErrorCode::UNSTABLE_OFFSET_COMMIT:
    case ErrorCode::CONCURRENT_TRANSACTIONS:
    case ErrorCode::THROTTLING_QUOTA_EXCEEDED:
    case ErrorCode::KAFKA_STORAGE_ERROR:
      return true;
    default:
      return false;
  }
}

void Outcome::failed(std::size_t item, ErrorCode code, const Subject& subject,
                     const std::optional<std::string>& broker_text) {
  failed(item, item_error(code, Subject(subject).by(user_), broker_text), moved_or_loading(code));
}

void Outcome::settle(std::size_t item, ErrorCode code, const Subject& subject,
                     const std::optional<std::string>& broker_text) {
  if (code == ErrorCode::NONE) return done(item);
  failed(item, code, subject, broker_text);
}

void Outcome::require_answers(std::span<const std::size_t> items, std::string_view api) {
  for (const std::size_t item : items) {
    if (!items_[item].open || items_[item].error) continue;
    failed(item, {Error(ErrorKind::kFailed, fmt::format("left out of the {} reply", api)), 0},
           false);
  }
}

std::vector<std::size_t> Outcome::open_items() const {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].open) open.push_back(i);
  }
  return open;
}

Result<void> LeaderRouter::prepare(std::span<const std::size_t> items, bool again, Outcome& outcome,
                                   const Deadline& deadline) {
  std::vector<std::string> topics;
  for (const std::size_t item : items) {
    const TopicPartition& at = partitions_[item];
    const Cluster::TopicLeaders* known = cluster_.topic(at.topic);
    // A topic may have been made, or have grown, since it was last looked up.
    const bool has_leader = known != nullptr && known->leaders.contains(at.partition) &&
                            known->leaders.at(at.partition) >= 0;
    if (again || !has_leader) topics.push_back(at.topic);
  }
  std::ranges::sort(topics);
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  if (!topics.empty()) TRY(cluster_.metadata(topics, deadline));
  for (const std::size_t item : items) {
    const TopicPartition& at = partitions_[item];
    outcome.reopen(item);
    check_leader(cluster_.topic(at.topic), at, item, operation_, outcome);
  }
  return {};
}

std::int32_t LeaderRouter::broker_of(std::size_t item) const {
  const TopicPartition& at = partitions_[item];
  return cluster_.topic(at.topic)->leaders.at(at.partition);
}

Result<void> ControllerRouter::prepare(std::span<const std::size_t> items, bool again,
                                       Outcome& outcome, const Deadline& deadline) {
  if (again) {
    TRY(cluster_.metadata(std::vector<std::string>(), deadline));
  } else {
    TRY(cluster_.ensure_brokers(deadline));
  }
  if (cluster_.brokers().empty()) {
    return fail(ErrorKind::kUnreachable, "the cluster has no brokers now");
  }
  broker_ = cluster_.controller_id().value_or(cluster_.brokers().begin()->first);
  if (cluster_.is_failing(broker_)) {
    for (const auto& [id, broker] : cluster_.brokers()) {
      if (!cluster_.is_failing(id)) broker_ = id;
    }
  }
  for (const std::size_t item : items) outcome.reopen(item);
  return {};
}

std::map<std::int32_t, std::vector<std::size_t>> route(const Router& router,
                                                       const Outcome& outcome) {
  std::map<std::int32_t, std::vector<std::size_t>> by_broker;
  for (const std::size_t item : outcome.open_items()) {
    if (!outcome.has_error(item)) by_broker[router.broker_of(item)].push_back(item);
  }
  return by_broker;
}

bool pause_before_round(int round, const Deadline& deadline) {
  const std::int64_t pause_ms = std::min(kLongestRetryMs, kFirstRetryMs << std::min(round - 1, 6));
  if (deadline.remaining_ms() <= pause_ms) return false;
  std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
  return true;
}

Result<Outcome> ScatterRounds::run_rounds(std::size_t count, const Deadline& deadline) {
  Outcome outcome(count, cluster_.user());
  for (int round = 0;; ++round) {
    const Items open = outcome.open_items();
    if (open.empty() || (round > 0 && !pause_before_round(round, deadline))) return outcome;
    TRY(router_.prepare(open, round > 0, outcome, deadline));
    TRY(run_round(outcome, deadline));
  }
}

Result<void> ScatterRounds::run_round(Outcome& outcome, const Deadline& deadline) {
  std::vector<std::pair<std::int32_t, Connection*>> reached;
  const auto routed = route(router_, outcome);
  std::size_t left = routed.size();
  for (const auto& [broker, items] : routed) {
    // A broker that cannot be reached leaves time for the others, and for their answers.
    Deadline limit = routed.size() == 1 ? deadline : deadline.share(1 + left--);
    if (router_.moves()) limit = cluster_.patience(broker, limit, deadline);
    auto connection = cluster_.broker(broker, limit);
    if (connection) {
      reached.emplace_back(broker, *connection);
    } else {
      unreachable(broker, items, connection.error(), router_.moves() ? deadline : limit, outcome);
    }
  }
  std::vector<InFlight> in_flight;
  for (const auto& [broker, connection] : reached) {
    TRY_ASSIGN(auto requests, parcels(*connection, routed.at(broker)));
    for (Parcel& parcel : requests) {
      auto sent = connection->send(parcel.request, deadline);
      if (sent) {
        parcel.request.frame = {};
        in_flight.push_back({broker, connection, std::move(parcel)});
      } else {
        unreachable(broker, parcel.items, sent.error(), deadline, outcome);
      }
    }
  }
  for (const InFlight& one : in_flight) {
    auto opened = open_reply(*one.connection, one.parcel, deadline, outcome);
    if (opened) {
      cluster_.has_answered(one.broker);
    } else {
      unreachable(one.broker, one.parcel.items, opened.error(), deadline, outcome);
    }
  }
  return {};
}

/// One more round is worth it: the broker may have closed an idle connection. More are where
/// another one may take over, for a while: a dead broker is to be told quickly.
void ScatterRounds::unreachable(std::int32_t broker, const Items& items, const Error& error,
                                const Deadline& limit, Outcome& outcome) {
  cluster_.has_failed(broker, limit.passed());
  const bool takeover = router_.moves() && cluster_.may_be_replaced(broker);
  for (const std::size_t item : items) {
    const bool first = broken_before_.insert(item).second;
    outcome.failed(item, {error, 0}, first || takeover);
  }
}

}  // namespace kreel::client
