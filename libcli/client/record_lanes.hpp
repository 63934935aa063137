#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/fetch_waker.hpp"
#include "client/rdkafka_support.hpp"
#include "kreel/admin.hpp"

namespace kreel::client {

/// The queues into which librdkafka puts the records of a consumer's partitions, apart from its
/// queue of callbacks: so records can be left alone while rebalances are served. One lane for each
/// topic of a priority list and one for all others; a lane gives nothing before all lanes in front
/// of it have been read to the end. On the consumer's thread.
class RecordLanes {
 public:
  /// `wake_descriptor` (an eventfd) is written when records come into an empty lane.
  RecordLanes(rd_kafka_t* handle, std::vector<std::string> priority, int wake_descriptor);
  ~RecordLanes();
  RecordLanes(const RecordLanes&) = delete;
  RecordLanes& operator=(const RecordLanes&) = delete;

  /// Before librdkafka is told to fetch them.
  void attach(const rd_kafka_topic_partition_list_t& partitions);
  /// Drops also what was taken of their records and not handed out.
  void detach(const rd_kafka_topic_partition_list_t& partitions);
  /// Nobody waits for the end of this one any more.
  void finish(const TopicPartition& at);
  /// The next message of the first lane, when it is at hand; null: ask next().
  rd_kafka_message_t* buffered();
  /// The next message, an end of a partition or an error among them; null when there is none whose
  /// turn it is. The caller's.
  rd_kafka_message_t* next();

 private:
  static constexpr std::size_t kBatchMessages = 512;

  struct Lane {
    explicit Lane(rd_kafka_t* handle) : queue(rd_kafka_queue_new(handle)), waker(handle) {}

    RdQueue queue;
    FetchWaker waker;
    std::array<rd_kafka_message_t*, kBatchMessages> messages{};
    std::size_t count = 0;
    std::size_t next = 0;
    std::size_t open_partitions = 0;  ///< not read to their end
  };
  struct Partition {
    Lane* lane = nullptr;
    std::int64_t next = -1;  ///< behind the last record; -1 before the first one
    bool at_end = false;
  };

  Lane& lane_of(std::string_view topic);
  void refill(Lane& lane);
  rd_kafka_message_t* take(Lane& lane);
  void note(const rd_kafka_message_t& message);
  void look_for_ends(Lane& lane);
  void drop(Lane& lane, const rd_kafka_topic_partition_list_t& partitions);

  rd_kafka_t* handle_;
  std::vector<std::string> priority_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::map<TopicPartition, Partition> partitions_;  ///< kept with a priority list alone
};

}  // namespace kreel::client
