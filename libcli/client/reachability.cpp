#include "client/reachability.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace kreel::client {
namespace {

/// A broker that is started anew, or a leader that moves, is none of the reader's business.
constexpr std::int64_t kTellAfterMs = 900;
constexpr int kNoBroker = -1;

using Json = nlohmann::json;

bool is_up(const Json& broker) {
  return broker.value("source", "") != "logical" && broker.value("state", "") == "UP";
}

bool answers(const Json& brokers, int id, std::int64_t silence_ms) {
  return std::ranges::any_of(brokers, [&](const Json& broker) {
    return broker.value("nodeid", kNoBroker) == id && is_up(broker) &&
           broker.value("rxidle", std::int64_t{0}) / 1000 <= silence_ms;
  });
}

int leader_of(const Json& statistics, const TopicPartition& at) {
  const Json::json_pointer path = Json::json_pointer() / "topics" / at.topic / "partitions" /
                                  std::to_string(at.partition) / "leader";
  return statistics.value(path, kNoBroker);
}

}  // namespace

Reachability::News Reachability::heard() {
  silent_since_ms_.reset();
  return std::exchange(lost_, false) ? News::kBack : News::kNone;
}

Reachability::News Reachability::looked(bool answering, std::int64_t now_ms) {
  if (answering) return heard();
  if (!silent_since_ms_) silent_since_ms_ = now_ms;
  if (lost_ || now_ms - *silent_since_ms_ < kTellAfterMs) return News::kNone;
  lost_ = true;
  return News::kLost;
}

bool Reachability::gave_up(std::int64_t now_ms) const {
  return patience_ms_ && silent_since_ms_ && now_ms - *silent_since_ms_ >= *patience_ms_;
}

bool leaders_answer(std::string_view statistics_json, const std::vector<TopicPartition>& partitions,
                    std::int64_t silence_ms) {
  const Json statistics = Json::parse(statistics_json, nullptr, false);
  if (!statistics.is_object() || !statistics.contains("brokers")) return true;
  const Json& brokers = statistics["brokers"];
  if (partitions.empty()) return std::ranges::any_of(brokers, is_up);
  return std::ranges::all_of(partitions, [&](const TopicPartition& at) {
    const int leader = leader_of(statistics, at);
    return leader != kNoBroker && answers(brokers, leader, silence_ms);
  });
}

}  // namespace kreel::client
