#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kreel/admin.hpp"
#include "kreel/client_config.hpp"
#include "kreel/export.hpp"
#include "kreel/record.hpp"
#include "kreel/result.hpp"

namespace kreel {

class Consumer;

/// A log line of librdkafka: its level (syslog's, 3 = error, 7 = debug), facility and text. Called
/// from librdkafka's threads.
using ClientLog =
    std::function<void(int level, std::string_view facility, std::string_view message)>;

/// Where the records stand. acknowledged + failed + unknown + in_flight = accepted.
struct DeliveryCounts {
  std::uint64_t accepted = 0;      ///< taken by produce()
  std::uint64_t acknowledged = 0;  ///< the broker said so, at the asked acks
  std::uint64_t failed = 0;        ///< certainly not written
  std::uint64_t unknown = 0;       ///< sent, no answer: may or may not be written
  std::uint64_t in_flight = 0;
  std::uint64_t acknowledged_bytes = 0;  ///< keys and values
};

/// One record that was not acknowledged.
struct DeliveryFailure {
  std::uint64_t tag = 0;  ///< what produce() was given
  bool unknown = false;   ///< it may have been written
  Error error;
};

/// One record that was acknowledged.
struct Delivery {
  std::uint64_t tag = 0;
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// Whether records of a topic can be sent.
enum class TopicReadiness {
  kReady,
  kUnknown,  ///< brokers answer, and do not know it, or its leaders
  kNoBroker  ///< none answers
};

struct ProducerOptions {
  /// Called from within produce(), poll() and flush(), on the caller's thread.
  std::function<void(const DeliveryFailure&)> on_failure;
  std::function<void(const Delivery&)> on_delivery;
  ClientLog on_log;
  /// Bounds memory: produce() waits while this many bytes are unanswered.
  std::int64_t queue_bytes_max = 64 * 1024 * 1024;
  std::int64_t queue_records_max = 500'000;
  /// Writes in transactions under this id: init_transactions() comes first, and every record is
  /// between begin_transaction() and commit_transaction() or abort_transaction().
  std::optional<std::string> transactional_id;
};

/// Writes records through librdkafka. Unless the properties say otherwise: acks=all, idempotent,
/// partitioner murmur2_random, topics never created by accident. One thread at a time.
class KREEL_API Producer {
 public:
  /// Connects in the background. ErrorKind::kUsage names a bad property.
  static Result<std::unique_ptr<Producer>> open(const ClientConfig& config,
                                                ProducerOptions options);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  /// Drops what is not acknowledged yet: call flush() first.
  ~Producer();

  /// Waits until `topic` is ready, at most `wait_ms`; with allow.auto.create.topics brokers make it
  /// meanwhile. kAuthentication, kNotAuthorized, kUsage (no topic can have this name) for what will
  /// stay. Records of a topic that is not ready wait as any others do.
  Result<TopicReadiness> wait_for_topic(const std::string& topic, std::int64_t wait_ms);
  /// Copies the record into the queue; waits while the queue is full. `tag` comes back in the
  /// callbacks. ErrorKind::kBadInput when the record is larger than message.max.bytes, kNotFound
  /// for a partition that a known topic lacks, kUnreachable when stop() ended a wait. Nothing is
  /// counted for a record that is refused here.
  Result<void> produce(const RecordView& record, std::uint64_t tag);
  /// Hands out delivery reports that have come in; waits for one at most `wait_ms`.
  void poll(std::int64_t wait_ms);
  /// Sends what waits for more records of its batch, and waits for answers at most `wait_ms`.
  void push(std::int64_t wait_ms);
  /// Waits until every record has its answer, at most `timeout_ms`; what is left then is counted
  /// as unknown when it was sent and as failed when it was not. Never an error by itself: look at
  /// counts().
  void flush(std::int64_t timeout_ms);
  /// Takes the transactional id over: what another producer of this id left open is aborted, and
  /// that one can write no more. Each of these waits at most `timeout_ms`; see
  /// AdminClient::require_transactions() for brokers without them.
  Result<void> init_transactions(std::int64_t timeout_ms);
  Result<void> begin_transaction();
  /// Offsets that `group` commits if and when this transaction is committed. Their partitions must
  /// exist in the cluster that is written to.
  Result<void> add_offsets(const std::string& group, std::span<const RecordLocation> offsets,
                           std::int64_t timeout_ms);
  /// The same for the group of a consumer that has joined it: the broker refuses when the group has
  /// given this member's partitions to others (kUnreachable: read them again).
  Result<void> add_offsets(const Consumer& member, std::span<const RecordLocation> offsets,
                           std::int64_t timeout_ms);
  /// Sends what is queued and commits. After an error nothing is committed unless the answer alone
  /// was lost; abort_transaction() then tells.
  Result<void> commit_transaction(std::int64_t timeout_ms);
  /// Records that were not sent yet are dropped.
  Result<void> abort_transaction(std::int64_t timeout_ms);
  /// Makes a produce() that waits return, and what goes on with transactions give up half a second
  /// later. Async-signal-safe, from any thread.
  void stop();

  DeliveryCounts counts() const;
  /// What made the producer unusable, or all brokers unreachable: to be told when records fail.
  std::string last_error() const;

 private:
  class Impl;
  explicit Producer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kreel
