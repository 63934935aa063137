#include "client/record_lanes.hpp"

#include <algorithm>

#include "client/wake_descriptor.hpp"

namespace kreel::client {
namespace {

bool contains(const rd_kafka_topic_partition_list_t& partitions, std::string_view topic,
              std::int32_t partition) {
  return std::any_of(partitions.elems, partitions.elems + partitions.cnt, [&](const auto& one) {
    return one.partition == partition && one.topic == topic;
  });
}

}  // namespace

RecordLanes::RecordLanes(rd_kafka_t* handle, std::vector<std::string> priority, int wake_descriptor)
    : handle_(handle), priority_(std::move(priority)) {
  for (std::size_t i = 0; i <= priority_.size(); ++i) {
    auto lane = std::make_unique<Lane>(handle);
    rd_kafka_queue_io_event_enable(lane->queue.get(), wake_descriptor, &WakeDescriptor::kPayload,
                                   sizeof(WakeDescriptor::kPayload));
    lanes_.push_back(std::move(lane));
  }
}

RecordLanes::~RecordLanes() {
  for (const auto& lane : lanes_) {
    while (lane->next < lane->count) rd_kafka_message_destroy(lane->messages[lane->next++]);
    rd_kafka_queue_io_event_enable(lane->queue.get(), -1, nullptr, 0);
  }
}

RecordLanes::Lane& RecordLanes::lane_of(std::string_view topic) {
  const auto found = std::ranges::find(priority_, topic);
  return *lanes_[static_cast<std::size_t>(found - priority_.begin())];
}

void RecordLanes::attach(const rd_kafka_topic_partition_list_t& partitions) {
  for (int i = 0; i < partitions.cnt; ++i) {
    const rd_kafka_topic_partition_t& at = partitions.elems[i];
    Lane& lane = lane_of(at.topic);
    const RdQueue own(rd_kafka_queue_get_partition(handle_, at.topic, at.partition));
    if (own == nullptr) continue;
    rd_kafka_queue_forward(own.get(), lane.queue.get());
    lane.waker.attach(at.topic, at.partition);
    if (priority_.empty()) continue;
    const auto [known, is_new] = partitions_.insert({{at.topic, at.partition}, Partition{&lane}});
    if (is_new) ++lane.open_partitions;
  }
}

void RecordLanes::detach(const rd_kafka_topic_partition_list_t& partitions) {
  for (const auto& lane : lanes_) drop(*lane, partitions);
  for (int i = 0; i < partitions.cnt; ++i) {
    const rd_kafka_topic_partition_t& at = partitions.elems[i];
    lane_of(at.topic).waker.detach(at.topic, at.partition);
    finish({at.topic, at.partition});
  }
}

void RecordLanes::finish(const TopicPartition& at) {
  const auto found = partitions_.find(at);
  if (found == partitions_.end()) return;
  if (!found->second.at_end) --found->second.lane->open_partitions;
  partitions_.erase(found);
}

// What waits in librdkafka's queue is dropped there.
void RecordLanes::drop(Lane& lane, const rd_kafka_topic_partition_list_t& partitions) {
  std::size_t kept = lane.next;
  for (std::size_t i = lane.next; i < lane.count; ++i) {
    rd_kafka_message_t* message = lane.messages[i];
    const bool gone = message->rkt != nullptr &&
                      contains(partitions, rd_kafka_topic_name(message->rkt), message->partition);
    if (gone) {
      rd_kafka_message_destroy(message);
    } else {
      lane.messages[kept++] = message;
    }
  }
  lane.count = kept;
}

void RecordLanes::refill(Lane& lane) {
  lane.next = 0;
  lane.count = 0;
  // The batch call takes the price of a wait also where there is nothing.
  if (rd_kafka_queue_length(lane.queue.get()) == 0) return lane.waker.queue_is_empty();
  const ssize_t count =
      rd_kafka_consume_batch_queue(lane.queue.get(), 0, lane.messages.data(), kBatchMessages);
  lane.count = static_cast<std::size_t>(std::max<ssize_t>(0, count));
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < lane.count; ++i) {
    bytes += lane.messages[i]->key_len + lane.messages[i]->len;
  }
  lane.waker.taken(lane.count, bytes);
}

rd_kafka_message_t* RecordLanes::take(Lane& lane) {
  rd_kafka_message_t* message = lane.messages[lane.next++];
  if (!priority_.empty()) note(*message);
  return message;
}

void RecordLanes::note(const rd_kafka_message_t& message) {
  if (message.rkt == nullptr) return;
  const auto found = partitions_.find({rd_kafka_topic_name(message.rkt), message.partition});
  if (found == partitions_.end()) return;
  Partition& partition = found->second;
  const bool is_record = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (is_record) partition.next = message.offset + 1;
  const bool at_end = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (!is_record && !at_end) return;
  if (partition.at_end && !at_end) ++partition.lane->open_partitions;
  if (!partition.at_end && at_end) --partition.lane->open_partitions;
  partition.at_end = at_end;
}

// The broker's word that a partition is at its end comes with a fetch that waited for more. The
// high watermark, which came with the records, says so at once, unless transactions end there.
void RecordLanes::look_for_ends(Lane& lane) {
  for (auto& [at, partition] : partitions_) {
    if (partition.lane != &lane || partition.at_end || partition.next < 0) continue;
    std::int64_t low = -1;
    std::int64_t high = -1;
    const auto code =
        rd_kafka_get_watermark_offsets(handle_, at.topic.c_str(), at.partition, &low, &high);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || partition.next < high) continue;
    partition.at_end = true;
    --lane.open_partitions;
  }
}

rd_kafka_message_t* RecordLanes::buffered() {
  Lane& first = *lanes_.front();
  return first.next < first.count ? take(first) : nullptr;
}

rd_kafka_message_t* RecordLanes::next() {
  for (const auto& lane : lanes_) {
    if (lane->next == lane->count) refill(*lane);
    if (lane->next < lane->count) return take(*lane);
    if (lane->open_partitions > 0) look_for_ends(*lane);
    if (lane->open_partitions > 0) return nullptr;
  }
  return nullptr;
}

}  // namespace kreel::client
