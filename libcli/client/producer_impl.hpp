#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "client/rdkafka_support.hpp"
#include "kreel/producer.hpp"

namespace kreel {

/// librdkafka's handle, and what became of the records that it took. Transactions are in
/// producer_transactions.cpp.
class Producer::Impl {
 public:
  explicit Impl(ProducerOptions options) : options_(std::move(options)) {}
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> start(const ClientConfig& config);
  Result<TopicReadiness> wait_for_topic(const std::string& topic, std::int64_t wait_ms);
  Result<void> produce(const RecordView& record, std::uint64_t tag);
  void poll(std::int64_t wait_ms);
  void push(std::int64_t wait_ms);
  void flush(std::int64_t timeout_ms);
  void stop() { stopped_ = true; }
  DeliveryCounts counts() const;
  std::string last_error() const;

  Result<void> init_transactions(std::int64_t timeout_ms);
  Result<void> begin_transaction();
  Result<void> add_offsets(const std::string& group,
                           const rd_kafka_consumer_group_metadata_t& metadata,
                           std::span<const RecordLocation> offsets, std::int64_t timeout_ms);
  Result<void> commit_transaction(std::int64_t timeout_ms);
  Result<void> abort_transaction(std::int64_t timeout_ms);

 private:
  static Impl& self(void* opaque) { return *static_cast<Impl*>(opaque); }
  static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
  static void on_error(rd_kafka_t*, int code, const char* reason, void* opaque);
  static void on_log(const rd_kafka_t* handle, int level, const char* facility,
                     const char* message);

  void report(const rd_kafka_message_t& message);
  Result<client::RdHeaders> headers_of(const RecordView& record);
  Result<rd_kafka_topic_t*> topic_of(std::string_view name);
  rd_kafka_resp_err_t try_produce(rd_kafka_topic_t* topic, const RecordView& record,
                                  std::uint64_t tag, rd_kafka_headers_t* headers);
  Result<TopicReadiness> ask_for_topic(const std::string& topic, std::int64_t wait_ms);
  Error refusal(rd_kafka_resp_err_t code, const RecordView& record) const;
  Error fatal_error(std::string_view topic) const;
  /// Why a record of `topic` was not written: for one that only was not sent, the denial that has
  /// ended the producer.
  Error write_error(rd_kafka_resp_err_t code, std::string_view topic) const;
  Error transaction_error(const rd_kafka_error_t& error, const std::string& group = {}) const;
  /// Why the open transaction can only be aborted, where that is a denial or passes.
  std::optional<Error> transaction_failure() const;
  Error transaction_denied(rd_kafka_resp_err_t code, const std::string& group) const;
  Error fenced_error() const;
  Result<void> start_anew(std::int64_t timeout_ms);
  static bool fails_one_transaction(rd_kafka_resp_err_t code);

  ProducerOptions options_;
  rd_kafka_t* handle_ = nullptr;
  /// Of the next record, where partitions take turns.
  std::optional<std::atomic<std::uint32_t>> turns_;
  std::map<std::string, client::RdTopic, std::less<>> topics_;
  std::int64_t message_bytes_max_ = 0;
  std::int64_t transaction_timeout_ms_ = 0;
  std::int64_t transaction_began_ms_ = 0;  ///< by the monotonic clock
  ClientConfig config_;
  std::uint64_t unanswered_at_begin_ = 0;
  bool sequences_in_doubt_ = false;
  std::uint64_t since_poll_ = 0;
  DeliveryCounts counts_;
  std::atomic<bool> stopped_ = false;
  mutable std::mutex last_error_mutex_;
  std::string last_error_;
  std::optional<Error> not_let_in_;  ///< under the same mutex
};

}  // namespace kreel
