#include <algorithm>

#include <fmt/format.h>

#include "protocol/record_batch.hpp"
#include "sim/actors.hpp"

namespace kreel::sim {
namespace {

constexpr std::size_t kInFlightMax = 5;
constexpr protocol::Version kNamesTopics = 11;

Bytes batch_of(const std::vector<std::string>& values, std::int64_t producer_id, std::int16_t epoch,
               std::int32_t sequence, TimestampMs now_ms, protocol::Compression compression) {
  protocol::BatchBuilder builder({.compression = compression,
                                  .producer_id = producer_id,
                                  .producer_epoch = epoch,
                                  .base_sequence = sequence});
  for (const std::string& value : values) {
    builder.append({.timestamp = now_ms, .key = as_bytes(value), .value = as_bytes(value)});
  }
  return builder.build();
}

}  // namespace

ProducerActor::ProducerActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                             const std::string& name, std::vector<TopicPartition> targets)
    : Actor(world, ledger, node, weather, name), pause_max_ms_(world.between(50, 2'000)) {
  for (TopicPartition& at : targets) {
    Lane lane;
    lane.at = std::move(at);
    lanes_.push_back(std::move(lane));
  }
}

void ProducerActor::ask_for_id() {
  protocol::InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  client_.call<protocol::InitProducerId>(request, [this](auto response) {
    if (!response || response->error_code != protocol::ErrorCode::NONE) {
      return world_.after_ms(100, [this] { ask_for_id(); });
    }
    producer_id_ = response->producer_id;
    epoch_ = response->producer_epoch;
    for (std::size_t i = 0; i < lanes_.size(); ++i) turn(i);
  });
}

void ProducerActor::turn(std::size_t index) {
  Lane& lane = lanes_[index];
  const auto in_flight = static_cast<std::size_t>(
      std::ranges::count_if(lane.window, [](const Batch& one) { return one.in_flight; }));
  if (lane.failed && in_flight == 0) {
    lane.failed = false;
    for (Batch& batch : lane.window) {
      if (!batch.acknowledged) send(lane, batch, index);
    }
  }
  if (!lane.failed && lane.window.size() < kInFlightMax) {
    Batch batch;
    batch.sequence = lane.next_sequence;
    for (std::int64_t i = world_.between(1, 4); i > 0; --i) {
      batch.values.push_back(fmt::format("{}-{}", name(), next_value_++));
      ledger_.sent(batch.values.back());
    }
    lane.next_sequence += static_cast<std::int32_t>(batch.values.size());
    lane.window.push_back(std::move(batch));
    send(lane, lane.window.back(), index);
  }
  world_.after_ms(world_.between(1, pause_max_ms_), [this, index] { turn(index); });
}

void ProducerActor::send(Lane& lane, Batch& batch, std::size_t index) {
  batch.in_flight = true;
  world_.trace(fmt::format("{} > {} sequence {} count {}", name(), lane.at.to_string(),
                           batch.sequence, batch.values.size()));
  constexpr std::array kCompressions{protocol::Compression::kNone, protocol::Compression::kLz4,
                                     protocol::Compression::kZstd};
  const Bytes bytes =
      batch_of(batch.values, producer_id_, epoch_, batch.sequence, world_.clock().wall_ms(),
               kCompressions[static_cast<std::size_t>(batch.sequence) % 3]);
  protocol::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = 30'000;
  auto& topic = request.topic_data.emplace_back();
  topic.name = lane.at.topic;
  auto& partition = topic.partition_data.emplace_back();
  partition.index = lane.at.partition;
  partition.records = protocol::Records::memory(bytes, nullptr);
  client_.call<protocol::Produce>(
      request,
      [this, index, sequence = batch.sequence](auto response) {
        if (!response) return answered(index, sequence, std::nullopt, -1);
        const auto& answer = response->responses.at(0).partition_responses.at(0);
        answered(index, sequence, answer.error_code, answer.base_offset);
      },
      kNamesTopics);
}

void ProducerActor::answered(std::size_t index, std::int32_t sequence,
                             std::optional<protocol::ErrorCode> error, Offset base_offset) {
  using protocol::ErrorCode;
  Lane& lane = lanes_[index];
  auto& window = lane.window;
  const auto batch = std::ranges::find(window, sequence, &Batch::sequence);
  if (batch == window.end() || batch->acknowledged)
    return world_.violation(name() + ": answered twice");
  batch->in_flight = false;
  world_.trace(fmt::format("{} < {} sequence {}: {} at {}", name(), lane.at.to_string(), sequence,
                           error ? protocol::to_string(*error) : "nothing", base_offset));
  const bool first = batch == window.begin();
  if (error == ErrorCode::NONE || error == ErrorCode::DUPLICATE_SEQUENCE_NUMBER) {
    const bool knows_offset = error == ErrorCode::NONE && base_offset >= 0;
    for (std::size_t i = 0; i < batch->values.size(); ++i) {
      ledger_.acknowledged(lane.at, knows_offset ? base_offset + static_cast<Offset>(i) : -1,
                           batch->values[i]);
    }
    if (!first && !lane.failed) world_.violation(name() + ": answered out of order");
    batch->acknowledged = true;
    while (!window.empty() && window.front().acknowledged) window.pop_front();
    progressed();
    return;
  }
  const bool is_gap = error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER;
  if (is_gap && !(first && !lane.failed)) {
    // One before it was refused or lost.
  } else if (error && !protocol::is_retriable(*error)) {
    world_.violation(fmt::format("{}: {} for sequence {} of {}-{}", name(),
                                 protocol::to_string(*error), sequence, lane.at.topic,
                                 lane.at.partition));
  }
  lane.failed = true;
}

}  // namespace kreel::sim
