#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/rdkafka_support.hpp"
#include "client/reachability.hpp"
#include "client/record_lanes.hpp"
#include "client/wake_descriptor.hpp"
#include "kreel/consumer.hpp"

namespace kreel {

/// What both modes share: librdkafka's handle, its queue of callbacks, the lanes of records, and
/// the message that is handed out. All on the caller's thread, the callbacks for logs aside.
class Consumer::Impl {
 public:
  explicit Impl(ConsumerOptions options)
      : options_(std::move(options)),
        reachability_(options_.patience_ms),
        fetches_(options_.patience_ms) {}
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> start_assigned(const ClientConfig& config, std::vector<ReadRange> ranges);
  Result<void> start_subscribed(const ClientConfig& config, const std::string& group,
                                const std::vector<std::string>& topics);
  Result<void> change_topics(const std::vector<std::string>& topics);

  Result<Polled> poll(std::int64_t wait_ms);
  const RecordView& record() const { return record_; }
  void mark_written(const RecordView& record);
  Result<void> commit();
  void finish(const TopicPartition& at);
  std::vector<RecordLocation> positions() const;
  const std::string& group() const { return group_; }
  client::RdGroupMetadata group_metadata() const {
    return client::RdGroupMetadata(rd_kafka_consumer_group_metadata(handle_));
  }
  void pause() { paused_ = true; }
  void resume() { paused_ = false; }
  int descriptor() const { return wake_.get(); }
  bool is_reachable() const { return !reachability_.is_lost() && !fetches_.stands_still(); }
  void stop();
  std::vector<RecordLocation> pass_markers(std::int64_t wait_ms);
  Result<void> close(std::int64_t wait_ms);
  /// Closes, and says whether librdkafka would end the process if it were destroyed now, or wait
  /// for a broker that is gone: then handle and Impl stay until the process ends.
  bool abandon();

 private:
  static void on_log(const rd_kafka_t* handle, int level, const char* facility,
                     const char* message);
  static void on_error(rd_kafka_t* handle, int code, const char* reason, void* opaque);
  static int on_statistics(rd_kafka_t* handle, char* json, std::size_t size, void* opaque);
  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);

  Result<void> open_handle(const ClientConfig& config, client::RdSettings defaults,
                           const client::RdSettings& fixed);
  void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions);
  /// Sets the offsets of these partitions; waits until the brokers say them, or for stop().
  void place_by_age(rd_kafka_topic_partition_list_t& partitions);
  void place_one_by_one(rd_kafka_topic_partition_list_t& partitions);
  rd_kafka_resp_err_t try_to_place(rd_kafka_topic_partition_list_t& partitions);
  rd_kafka_message_t* next_message();
  void wait(std::int64_t wait_ms) const;
  void read_waits(const ClientConfig& config, const rd_kafka_conf_t* conf);
  void look_at_brokers(std::string_view statistics);
  bool some_broker_answers();
  /// kUnreachable when the brokers did not answer, or gave nothing, for all of the patience.
  Result<void> check_patience();
  void tell(client::Reachability::News news);
  /// Whether `message` is to be handed out, which then is in record_.
  Result<bool> accept(const rd_kafka_message_t& message);
  Result<bool> accept_record(const rd_kafka_message_t& message);
  Result<void> pass_error(const rd_kafka_message_t& message);
  Error read_error(rd_kafka_resp_err_t code, std::string_view text, const std::string& about) const;
  Error out_of_range(const rd_kafka_message_t& message) const;
  void fill_record(const rd_kafka_message_t& message);
  void store_marks();

  struct Range {
    std::int64_t next = 0;
    std::optional<std::int64_t> end;
    bool finished = false;
  };
  /// How far a partition of the group is read; offsets are those of the next record, or -1.
  struct Reading {
    std::int64_t next = -1;    ///< behind the last record that was handed out
    std::int64_t marked = -1;  ///< behind the last one that was written
    std::int64_t end = -1;     ///< where the broker said, behind `next`, that no record follows
  };
  Reading& reading_of(const char* topic, std::int32_t partition);
  void reach_end(const rd_kafka_message_t& message);
  Range* range_of(const char* topic, std::int32_t partition);
  void finish_range(const TopicPartition& at, Range& range);

  ConsumerOptions options_;
  client::WakeDescriptor wake_;
  rd_kafka_t* handle_ = nullptr;
  client::RdQueue queue_;
  std::vector<client::RdTopic> topics_;  ///< with ranges; see Producer::Impl::topic_of()
  std::optional<client::RecordLanes> lanes_;
  bool paused_ = false;
  std::string group_;  ///< empty: reads outside any group
  std::string user_;   ///< as client::user_of() has it
  bool closed_ = false;
  bool cooperative_ = false;
  bool was_assigned_ = false;
  std::vector<TopicPartition> held_;  ///< what the group gave this member; sorted

  client::RdMessage current_;
  RecordView record_;
  std::vector<RecordHeaderView> headers_;

  std::map<TopicPartition, Range> ranges_;
  std::size_t open_ranges_ = 0;
  TopicPartition last_at_;
  Range* last_range_ = nullptr;

  std::map<TopicPartition, Reading> readings_;    ///< of the partitions held
  Reading* last_reading_ = nullptr;               ///< of last_at_
  std::map<TopicPartition, std::int64_t> marks_;  ///< next offsets, not yet given to librdkafka
  std::int64_t marks_stored_at_ms_ = 0;
  client::Reachability reachability_;
  client::FetchProgress fetches_;
  std::int64_t patience_checked_ms_ = 0;
  bool heard_ = false;  ///< something came since the last look at the statistics
  std::int64_t silence_ms_ = 0;
  std::string servers_;
  std::string last_failure_;  ///< of a connection, in plain words
  std::optional<Error> fatal_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace kreel
