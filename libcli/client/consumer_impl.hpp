#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/rdkafka_support.hpp"
#include "kreel/consumer.hpp"

namespace kreel {

/// What both modes share: librdkafka's handle, a buffer of messages taken from its queue, and the
/// message that is handed out. All on the caller's thread, the callbacks for logs aside.
class Consumer::Impl {
 public:
  explicit Impl(ConsumerOptions options) : options_(std::move(options)) {}
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> start_assigned(const ClientConfig& config, std::vector<ReadRange> ranges);
  Result<void> start_subscribed(const ClientConfig& config, const std::string& group,
                                const std::vector<std::string>& topics);

  Result<Polled> poll(std::int64_t wait_ms);
  const RecordView& record() const { return record_; }
  void mark_written(const RecordView& record);
  Result<void> commit();
  void finish(const TopicPartition& at);
  std::vector<RecordLocation> positions() const;
  void stop() { stopped_ = true; }
  Result<void> close();

 private:
  static constexpr std::size_t kBatchMessages = 512;

  static void on_log(const rd_kafka_t* handle, int level, const char* facility,
                     const char* message);
  static void on_error(rd_kafka_t* handle, int code, const char* reason, void* opaque);
  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);

  Result<void> open_handle(const ClientConfig& config, client::RdSettings defaults,
                           const client::RdSettings& fixed);
  void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions);
  void take_messages(int wait_ms);
  /// Whether `message` is to be handed out, which then is in record_.
  Result<bool> accept(const rd_kafka_message_t& message);
  Result<bool> accept_record(const rd_kafka_message_t& message);
  Result<void> pass_error(const rd_kafka_message_t& message);
  Error out_of_range(const rd_kafka_message_t& message) const;
  void fill_record(const rd_kafka_message_t& message);
  void store_marks();

  struct Range {
    std::int64_t next = 0;
    std::optional<std::int64_t> end;
    bool finished = false;
  };
  Range* range_of(const char* topic, std::int32_t partition);
  void finish_range(const TopicPartition& at, Range& range);

  ConsumerOptions options_;
  rd_kafka_t* handle_ = nullptr;
  client::RdQueue queue_;
  std::string group_;
  bool closed_ = false;

  std::array<rd_kafka_message_t*, kBatchMessages> messages_{};
  std::size_t message_count_ = 0;
  std::size_t next_message_ = 0;
  client::RdMessage current_;
  RecordView record_;
  std::vector<RecordHeaderView> headers_;

  std::map<TopicPartition, Range> ranges_;
  std::size_t open_ranges_ = 0;
  TopicPartition last_at_;
  Range* last_range_ = nullptr;

  std::map<TopicPartition, std::int64_t> marks_;  ///< next offsets, not yet given to librdkafka
  std::int64_t marks_stored_at_ms_ = 0;
  std::optional<Error> fatal_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace kreel
