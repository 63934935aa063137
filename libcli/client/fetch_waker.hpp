#pragma once

#include <cstddef>

#include "client/rdkafka_support.hpp"

namespace kreel::client {

/// Has librdkafka fetch again as soon as there is room in a queue of records that was full. Its
/// threads of the brokers sleep then, and in 2.0 nothing wakes them when records are taken: a
/// reader slower than the broker would wait up to a second each time. Any request to a broker
/// wakes its thread. On the consumer's thread.
class FetchWaker {
 public:
  /// Takes the limits of the queue from the settings of `handle`, which outlives this.
  explicit FetchWaker(rd_kafka_t* handle);

  void attach(const char* topic, std::int32_t partition);
  void detach(const char* topic, std::int32_t partition);
  /// Nothing is in the queue: nothing that fetches for it can be asleep.
  void queue_is_empty() { records_ = bytes_ = 0; }
  /// So much was taken out of the queue. Sends a request that nobody waits for to the leader of
  /// each partition when a quarter of what a full queue holds was taken since the last time.
  void taken(std::size_t records, std::size_t bytes);

 private:
  void wake();

  rd_kafka_t* handle_;
  std::size_t quarter_records_;  ///< of queued.min.messages
  std::size_t quarter_bytes_;    ///< of queued.max.messages.kbytes
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
  RdPartitions partitions_;
};

}  // namespace kreel::client
