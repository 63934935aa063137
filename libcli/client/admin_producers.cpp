#include <algorithm>
#include <tuple>

#include "client/admin_impl.hpp"

// Transactions as partitions see them.

namespace kreel::client {

using protocol::ErrorCode;

namespace {

std::optional<std::int64_t> unless_negative(std::int64_t value) {
  return value < 0 ? std::nullopt : std::optional(value);
}

std::vector<ProducerInfo> producers_of(
    const protocol::DescribeProducersResponse::PartitionResponse& from) {
  std::vector<ProducerInfo> producers;
  for (const auto& one : from.active_producers) {
    producers.push_back({.producer_id = one.producer_id,
                         .producer_epoch = one.producer_epoch,
                         .coordinator_epoch = one.coordinator_epoch,
                         .last_sequence = one.last_sequence,
                         .last_timestamp_ms = unless_negative(one.last_timestamp),
                         .open_from = unless_negative(one.current_txn_start_offset)});
  }
  std::ranges::sort(producers, {}, &ProducerInfo::producer_id);
  return producers;
}

}  // namespace

Result<std::vector<PartitionProducers>> ProtocolAdmin::describe_producers(
    std::span<const TopicPartition> partitions) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<PartitionProducers> described(partitions.size());
  LeaderRouter router(cluster_, {partitions.begin(), partitions.end()}, "READ");
  const auto partition_of = [&](std::size_t item) -> const TopicPartition& {
    return partitions[item];
  };
  using Call = Scatter<protocol::DescribeProducers>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        for (const auto& [topic, topic_items] : by_topic(items, partition_of)) {
          auto& wanted = batches[0].request.topics.emplace_back();
          wanted.name = topic;
          for (const std::size_t item : topic_items) {
            wanted.partition_indexes.push_back(partitions[item].partition);
          }
        }
        return batches;
      },
      [&](const protocol::DescribeProducersResponse& response, const Call::Items& items,
          Outcome& outcome) {
        for_each_partition(
            response.topics, items, partition_of, [&](std::size_t item, const auto& answer) {
              if (answer.error_code != ErrorCode::NONE) {
                return outcome.failed(item, answer.error_code,
                                      Subject::partition_of(partitions[item], "READ"),
                                      answer.error_message);
              }
              described[item].producers = producers_of(answer);
              outcome.done(item);
            });
      });
  TRY_ASSIGN(auto outcome, call.run(partitions.size(), deadline));
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    described[i].at = partitions[i];
    described[i].error = outcome.take_error(i);
  }
  suggest_topics(
      described, [](const PartitionProducers& one) { return one.at.topic; }, deadline);
  return described;
}

Result<std::vector<PartitionResult>> ProtocolAdmin::write_abort_markers(
    std::span<const AbortMarker> markers) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<TopicPartition> partitions;
  for (const AbortMarker& marker : markers) partitions.push_back(marker.at);
  LeaderRouter router(cluster_, partitions, "CLUSTER_ACTION");
  using Call = Scatter<protocol::WriteTxnMarkers>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        for (const std::size_t item : items) {
          auto& marker = batches[0].request.markers.emplace_back();
          marker.producer_id = markers[item].producer_id;
          marker.producer_epoch = markers[item].producer_epoch;
          marker.coordinator_epoch = markers[item].coordinator_epoch;
          marker.topics.push_back({markers[item].at.topic, {markers[item].at.partition}});
        }
        return batches;
      },
      [&](const protocol::WriteTxnMarkersResponse& response, const Call::Items& items,
          Outcome& outcome) {
        std::map<std::tuple<std::int64_t, std::string, std::int32_t>, std::size_t> index;
        for (const std::size_t item : items) {
          index[{markers[item].producer_id, partitions[item].topic, partitions[item].partition}] =
              item;
        }
        for (const auto& marker : response.markers) {
          for (const auto& topic : marker.topics) {
            for (const auto& result : topic.partitions) {
              const auto at = index.find({marker.producer_id, topic.name, result.partition_index});
              if (at == index.end()) continue;
              outcome.settle(at->second, result.error_code,
                             Subject::partition_of(partitions[at->second], "CLUSTER_ACTION"));
            }
          }
        }
      });
  TRY_ASSIGN(auto outcome, call.run(markers.size(), deadline));
  std::vector<PartitionResult> results;
  for (std::size_t i = 0; i < markers.size(); ++i) {
    results.push_back({partitions[i], outcome.take_error(i)});
  }
  return results;
}

}  // namespace kreel::client
