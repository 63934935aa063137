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
constexpr std::int64_t kUnknownOffset = -1;

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

template <class Number>
Number value_of(const Json& statistics, const TopicPartition& at, const char* name,
                Number fallback) {
  const Json::json_pointer path = Json::json_pointer() / "topics" / at.topic / "partitions" /
                                  std::to_string(at.partition) / name;
  return statistics.value(path, fallback);
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

void FetchProgress::looked(UnreadPositions unread, std::int64_t now_ms) {
  stands_still_ = !unread.empty() && unread == unread_;
  if (!stands_still_ || !moved_ms_) moved_ms_ = now_ms;
  unread_ = std::move(unread);
}

const TopicPartition* FetchProgress::gave_up(std::int64_t now_ms) const {
  const bool over = patience_ms_ && stands_still() && now_ms - *moved_ms_ >= *patience_ms_;
  return over ? &unread_.begin()->first : nullptr;
}

ReadStatistics::ReadStatistics(std::string_view json)
    : root_(std::make_unique<Json>(Json::parse(json, nullptr, false))) {}
ReadStatistics::~ReadStatistics() = default;

bool ReadStatistics::leaders_answer(const std::vector<TopicPartition>& partitions,
                                    std::int64_t silence_ms) const {
  if (!root_->is_object() || !root_->contains("brokers")) return true;
  const Json& brokers = (*root_)["brokers"];
  if (partitions.empty()) return std::ranges::any_of(brokers, is_up);
  return std::ranges::all_of(partitions, [&](const TopicPartition& at) {
    const int leader = value_of(*root_, at, "leader", kNoBroker);
    return leader != kNoBroker && answers(brokers, leader, silence_ms);
  });
}

UnreadPositions ReadStatistics::unread(const std::vector<TopicPartition>& partitions) const {
  UnreadPositions unread;
  if (!root_->is_object()) return unread;
  for (const TopicPartition& at : partitions) {
    const auto next = value_of(*root_, at, "next_offset", kUnknownOffset);
    const auto end = value_of(*root_, at, "eof_offset", kUnknownOffset);
    if (next < 0 || next != end) unread.emplace(at, std::max(next, kUnknownOffset));
  }
  return unread;
}

}  // namespace kreel::client
