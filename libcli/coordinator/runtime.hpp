#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "coordinator/record_writer.hpp"
#include "coordinator/reply.hpp"
#include "coordinator/timer.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::coordinator {

/// A record on its way into the log; no value is a tombstone.
struct Record {
  Bytes key;
  std::optional<Bytes> value;
};

/// The producer of records that belong to its transaction.
struct RecordProducer {
  ProducerId id = -1;
  ProducerEpoch epoch = -1;
};

/// What a coordinator keeps of one partition. Its durable part is changed by replay alone: first
/// from the log, then by each record right after it was appended, so a restart finds the same.
class StateMachine {
 public:
  struct Replayed {
    Offset offset = -1;
    ProducerId producer_id = -1;  ///< -1: not part of a transaction
    std::optional<ByteView> key;
    std::optional<ByteView> value;
  };

  virtual ~StateMachine() = default;
  virtual void replay(const Replayed& record) = 0;
  virtual void replay_transaction_end(ProducerId producer_id, bool committed) = 0;
  /// The log has been replayed; requests come from now on.
  virtual void loaded() = 0;
  /// Forgets everything and answers what is parked: the partition moves away, or its memory may
  /// differ from its log.
  virtual void clear() = 0;
};

/// Runs one partition's state machine over its log, after Kafka's CoordinatorRuntime: a request
/// becomes records, these are appended and replayed at once, and its answer waits until they are on
/// disk. A later request sees the replayed state; its answer waits for the same records, in one
/// queue per partition. Single-threaded.
class PartitionRuntime {
 public:
  /// NONE when what was waited for is durable, else the error for the client (see client_error).
  using Done = std::function<void(protocol::ErrorCode)>;

  struct Environment {
    Executor& executor;
    const Clock& clock;
    RecordWriter& writer;
    Outbox& outbox;
    std::string_view topic = "__consumer_offsets";
  };

  PartitionRuntime(PartitionId partition, const Environment& environment, StateMachine& machine);
  ~PartitionRuntime();
  PartitionRuntime(const PartitionRuntime&) = delete;
  PartitionRuntime& operator=(const PartitionRuntime&) = delete;

  /// Starts to replay; `loaded` is called once, the first time that this is done.
  void load(BatchSource source, std::function<void()> loaded);
  /// Ends everything: waiting callbacks get NOT_COORDINATOR, nothing is loaded again.
  void stop();

  PartitionId partition() const { return partition_; }
  /// NONE, COORDINATOR_LOAD_IN_PROGRESS, or COORDINATOR_NOT_AVAILABLE when too much waits.
  protocol::ErrorCode availability() const;

  /// Appends `records` as one batch and replays them. `done` is called between steps, never inside.
  /// Without records it is after_durable(). After a failed append the partition is cleared and
  /// replayed as soon as the step is over.
  void write(std::vector<Record> records, Done done) {
    write(std::move(records), std::nullopt, kPatientMs, std::move(done));
  }
  /// The same inside of `producer`'s transaction, if there is one. A partition that refuses the
  /// producer (its epoch is old, ...) answers so, and nothing else happens. What the disk keeps
  /// waiting for longer than `patience_ms`, because it is full, is answered as Kafka does then,
  /// although it may be written later.
  void write(std::vector<Record> records, std::optional<RecordProducer> producer,
             std::int64_t patience_ms, Done done);
  /// Ends a producer's transaction in this partition.
  void write_marker(const TransactionMarker& marker, Done done);
  /// Calls `done` once everything written so far is durable: inside the call when it is already.
  void after_durable(Done done) { after_durable(kPatientMs, std::move(done)); }
  void after_durable(std::int64_t patience_ms, Done done);

 private:
  static constexpr std::int64_t kPatientMs = std::numeric_limits<std::int64_t>::max();
  enum class Status { kIdle, kLoading, kActive, kFailed };
  struct Waiter {
    std::uint64_t batch = 0;
    Done done;
    std::int64_t deadline_ms = kPatientMs;
  };

  void wait(std::uint64_t batch, std::int64_t patience_ms, Done done);
  void answer_overdue_at(std::int64_t time_ms);
  void answer_overdue();
  void refused(protocol::ErrorCode error, Done done);
  RecordWriter::Durable when_durable(std::uint64_t batch);
  void start_load();
  void read_next();
  void replay_slice();
  void finish_load();
  void retry_load(protocol::ErrorCode why);
  void replay_batch(protocol::BatchReader& reader, std::size_t& budget);
  void batch_durable(std::uint64_t batch, protocol::ErrorCode error);
  void fail(protocol::ErrorCode error);
  void reset(protocol::ErrorCode error);

  PartitionId partition_;
  Environment environment_;
  StateMachine& machine_;
  Status status_ = Status::kIdle;
  /// Replaced at each reset: callbacks hold it weakly and do nothing in a later life.
  std::shared_ptr<int> life_;

  // Batches are counted, since a batch becomes durable together with all before it.
  std::uint64_t written_ = 0;
  std::uint64_t durable_ = 0;
  std::deque<Waiter> waiters_;

  BatchSource source_;
  std::function<void()> loaded_;
  LoadedBatches loading_;
  ByteView loading_rest_;
  std::optional<protocol::BatchReader> reader_;
  Offset next_offset_ = 0;
  Timer retry_;
  Timer overdue_;
  std::int64_t overdue_at_ms_ = kPatientMs;
};

/// The error that clients get for a failed append, as Kafka's coordinators translate them.
protocol::ErrorCode client_error(protocol::ErrorCode append_error);

}  // namespace kreel::coordinator
