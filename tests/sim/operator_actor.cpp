#include <algorithm>

#include <fmt/format.h>

#include "catalog/topic.hpp"
#include "sim/transaction_audit.hpp"

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

/// Within that time a request whose answer was lost was served, or never will be.
constexpr std::int64_t kLostRequestMs = 10'000;

}  // namespace

OperatorActor::OperatorActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                             const std::string& name, std::vector<TopicPartition> partitions)
    : Actor(world, ledger, node, weather, name), partitions_(std::move(partitions)) {}

void OperatorActor::start() {
  world_.after_ms(world_.between(200, 3'000), [this] {
    if (!is_calm()) look();
    start();
  });
}

void OperatorActor::look() {
  const auto at = partitions_[static_cast<std::size_t>(
      world_.below(static_cast<std::int64_t>(partitions_.size())))];
  protocol::DescribeProducersRequest request;
  request.topics.push_back({at.topic, {at.partition}});
  client_.call<protocol::DescribeProducers>(request, [this, at](auto response) {
    if (!response) return;
    for (const auto& producer : response->topics.at(0).partitions.at(0).active_producers) {
      if (producer.current_txn_start_offset >= 0) return abort(at, producer);
    }
  });
}

// With the coordinator's epoch as it is told, or one that is surely high enough.
void OperatorActor::abort(const TopicPartition& at,
                          const protocol::DescribeProducersResponse::ProducerState& producer) {
  protocol::WriteTxnMarkersRequest request;
  auto& marker = request.markers.emplace_back();
  marker.producer_id = producer.producer_id;
  marker.producer_epoch = static_cast<std::int16_t>(producer.producer_epoch);
  marker.coordinator_epoch = std::max(0, producer.coordinator_epoch) +
                             static_cast<std::int32_t>(world_.one_in(2) ? world_.below(100) : 0);
  marker.topics.push_back({at.topic, {at.partition}});
  const auto strike = strikes_.size();
  strikes_.push_back({producer.producer_id, at, world_.now_ms(), world_.now_ms() + kLostRequestMs});
  world_.trace(fmt::format("{} aborts producer {} epoch {} in {}", name(), marker.producer_id,
                           marker.producer_epoch, at.to_string()));
  client_.call<protocol::WriteTxnMarkers>(
      request,
      [this, strike](auto response) {
        if (!response) return;
        strikes_[strike].to_ms = world_.now_ms();
        const auto error = response->markers.at(0).topics.at(0).partitions.at(0).error_code;
        if (error != ErrorCode::NONE && error != ErrorCode::INVALID_PRODUCER_EPOCH &&
            error != ErrorCode::TRANSACTION_COORDINATOR_FENCED && !protocol::is_retriable(error)) {
          world_.violation(fmt::format("write markers: {}", protocol::to_string(error)));
        }
      },
      static_cast<protocol::Version>(world_.between(1, 2)));
}

bool OperatorActor::Strike::may_hit(const TransactionEntry& entry) const {
  return producer_id == entry.producer_id && from_ms <= entry.to_ms && entry.from_ms <= to_ms;
}

bool OperatorActor::may_have_aborted(const TransactionEntry& entry,
                                     const TopicPartition& at) const {
  return std::ranges::any_of(
      strikes_, [&](const Strike& strike) { return strike.at == at && strike.may_hit(entry); });
}

bool OperatorActor::may_have_aborted_offsets(const TransactionEntry& entry) const {
  return std::ranges::any_of(strikes_, [&](const Strike& strike) {
    return strike.at.topic == catalog::kConsumerOffsetsTopic && strike.may_hit(entry);
  });
}

}  // namespace kreel::sim
