#include <fmt/format.h>

#include "sim/actors.hpp"

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

constexpr int kOwnTopicsMax = 6;

}  // namespace

AdminActor::AdminActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                       const std::string& name, std::vector<TopicPartition> partitions,
                       bool deletes_records)
    : Actor(world, ledger, node, weather, name),
      partitions_(std::move(partitions)),
      deletes_records_(deletes_records) {}

void AdminActor::start() {
  world_.after_ms(world_.between(0, 2'000), [this] { turn(); });
}

void AdminActor::turn() {
  switch (world_.below(deletes_records_ ? 4 : 3)) {
    case 0:
      create();
      break;
    case 1:
      remove();
      break;
    case 2:
      look();
      break;
    default:
      delete_records();
      break;
  }
  world_.after_ms(world_.between(500, 3'000), [this] { turn(); });
}

void AdminActor::create() {
  if (last_topic_ >= kOwnTopicsMax) return;
  const std::string topic = fmt::format("{}-{}", name(), ++last_topic_);
  exists_[topic] = std::nullopt;
  protocol::CreateTopicsRequest request;
  auto& wanted = request.topics.emplace_back();
  wanted.name = topic;
  wanted.num_partitions = 2;
  wanted.replication_factor = 1;
  client_.call<protocol::CreateTopics>(request, [this, topic](auto response) {
    if (!response) return;
    const auto error = response->topics.at(0).error_code;
    if (error == ErrorCode::NONE) {
      exists_[topic] = true;
      progressed();
    } else if (!protocol::is_retriable(error)) {
      world_.violation(fmt::format("create {}: {}", topic, protocol::to_string(error)));
    }
  });
}

void AdminActor::remove() {
  if (last_topic_ == 0) return;
  const std::string topic = fmt::format("{}-{}", name(), world_.between(1, last_topic_));
  if (exists_[topic] != true) return;
  exists_[topic] = std::nullopt;
  protocol::DeleteTopicsRequest request;
  request.topics.emplace_back().name = topic;
  client_.call<protocol::DeleteTopics>(request, [this, topic](auto response) {
    if (!response) return;
    const auto error = response->responses.at(0).error_code;
    if (error == ErrorCode::NONE) exists_[topic] = false;
    progressed();
  });
}

// What was made is there, what was deleted is gone: whatever happened in between.
void AdminActor::look() {
  protocol::MetadataRequest request;
  request.topics = std::nullopt;
  request.allow_auto_topic_creation = false;
  const auto expected = exists_;
  client_.call<protocol::Metadata>(request, [this, expected](auto response) {
    if (!response) return;
    for (const auto& [topic, exists] : expected) {
      const auto now = exists_.find(topic);
      if (!exists || now->second != exists) continue;
      bool found = false;
      for (const auto& one : response->topics) found = found || one.name == topic;
      if (found != *exists) {
        world_.violation(fmt::format("topic {} {}", topic, found ? "is back" : "is gone"));
      }
    }
    progressed();
  });
}

void AdminActor::delete_records() {
  const auto& at = partitions_[static_cast<std::size_t>(
      world_.below(static_cast<std::int64_t>(partitions_.size())))];
  if (world_.one_in(2)) return delete_before(at, world_.between(0, 60));
  // What has only just come: the answer may still be on its way, and its producer send it again.
  ask_log_end(at, [this, at](Offset end) {
    delete_before(at, world_.one_in(2) ? end : end - world_.between(0, end / 8));
  });
}

void AdminActor::delete_before(const TopicPartition& at, Offset before) {
  ledger_.records_deleted_tried(at, before);
  protocol::DeleteRecordsRequest request;
  request.topics.push_back({at.topic, {{at.partition, before}}});
  request.timeout_ms = 5'000;
  client_.call<protocol::DeleteRecords>(request, [this](auto response) {
    if (!response) return;
    const auto error = response->topics.at(0).partitions.at(0).error_code;
    if (error != ErrorCode::NONE && error != ErrorCode::OFFSET_OUT_OF_RANGE &&
        !protocol::is_retriable(error)) {
      world_.violation(fmt::format("delete records: {}", protocol::to_string(error)));
    }
  });
}

}  // namespace kreel::sim
