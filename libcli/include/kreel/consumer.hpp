#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kreel/admin.hpp"
#include "kreel/client_config.hpp"
#include "kreel/export.hpp"
#include "kreel/producer.hpp"
#include "kreel/record.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// A partition to read, by position.
struct ReadRange {
  static constexpr std::int64_t kFirst = -2;  ///< as a start: where the log begins
  static constexpr std::int64_t kEnd = -1;    ///< as a start: where it ends

  TopicPartition at;
  std::int64_t start = 0;           ///< first offset wanted, kFirst or kEnd
  std::optional<std::int64_t> end;  ///< first offset not wanted; empty: follow
};

struct ConsumerOptions {
  ClientLog on_log;
  /// Group mode: partitions that this member now has, after each rebalance; on the caller's thread,
  /// from within poll().
  std::function<void(const std::vector<TopicPartition>&)> on_assignment;
  /// Group mode: partitions that this member is about to give up, or has lost already (then nothing
  /// of them can be committed any more). mark_written() counts until it returns. From within poll()
  /// or close(); poll() gives none of their records afterwards.
  std::function<void(const std::vector<TopicPartition>&, bool lost)> on_revoked;
  /// Topics of which the earlier one is read to its end before the next one gives records; topics
  /// that are not named come last.
  std::vector<std::string> priority;
  /// poll() fails with kUnreachable when the brokers have not answered for so long while it had
  /// nothing to give; without it they are waited for.
  std::optional<std::int64_t> patience_ms;
  /// From within poll(): the brokers (`servers` as configured) do not answer any more, or again.
  std::function<void(bool reachable, const std::string& servers)> on_reach;
  /// Group mode: commit what mark_written() named, every auto.commit.interval.ms and at close.
  bool commit = true;
  /// Group mode: a partition that is got without a committed offset in its log begins with the
  /// first record that is at most so old, at its end without one. What is lost while it is read is
  /// left to auto.offset.reset.
  std::optional<std::int64_t> reset_age_ms;
  /// Group mode: of a log that never had a record, 0 is committed as well.
  bool commit_empty = false;
  /// Assign mode: "earliest" or "latest" to go on there where a start is out of range. Without it
  /// that is an error.
  std::string out_of_range = "error";
};

/// What one poll() brought.
enum class Polled {
  kRecord,    ///< record() is valid until the next poll()
  kNothing,   ///< the wait is over without a record
  kFinished,  ///< every range has been read up to its end
  kStopped    ///< stop() was called
};

/// Reads records through librdkafka. Unless the properties say otherwise: read_committed,
/// check.crcs, topics never created by accident. One thread at a time, stop() aside.
class KREEL_API Consumer {
 public:
  /// Reads the given ranges without a group. Offsets are explicit: an offset out of range is an
  /// error of poll() (kNotFound, "offset 99 is outside 100..250"), and a jump only where
  /// ConsumerOptions::out_of_range says so.
  static Result<std::unique_ptr<Consumer>> assign(const ClientConfig& config,
                                                  std::vector<ReadRange> ranges,
                                                  ConsumerOptions options);
  /// Joins `group` and reads what it is given of `topics` (a name that starts with '^' is a regular
  /// expression), from the committed offsets; auto.offset.reset (default: earliest) where there is
  /// none. Any partition.assignment.strategy. Without topics it waits for change_topics().
  static Result<std::unique_ptr<Consumer>> subscribe(const ClientConfig& config, std::string group,
                                                     std::vector<std::string> topics,
                                                     ConsumerOptions options);
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  /// Closes, when close() was not called.
  ~Consumer();

  /// Group mode: reads these topics from now on, as subscribe() does; none for nothing.
  Result<void> change_topics(const std::vector<std::string>& topics);

  /// The next record, waiting at most `wait_ms`. Errors that may pass by themselves (a broker
  /// gone, a leader moved) are not errors here, unless a patience is over; those that stay are:
  /// kNotFound, kNotAuthorized, kAuthentication, kFailed ("orders[0]@41: CRC mismatch").
  Result<Polled> poll(std::int64_t wait_ms);
  /// After Polled::kRecord, until the next poll().
  const RecordView& record() const;

  /// Group mode: the record that poll() gave, and all before it in its partition, are written out
  /// and may be committed.
  void mark_written(const RecordView& record);
  /// Group mode: commits what is marked now. The error of the first partition that failed.
  Result<void> commit();
  /// Until resume(), poll() gives no records. It must go on being called: a member of a group that
  /// does not poll is thrown out.
  void pause();
  void resume();
  /// Becomes readable when poll() has something to do, records or anything else; for ::poll().
  int descriptor() const;
  /// Stops reading `at` and counts it as finished; assign mode.
  void finish(const TopicPartition& at);
  /// Where reading goes on in each partition (assign mode) or in those held (group mode).
  std::vector<RecordLocation> positions() const;

  /// Group mode, when no more records are wanted and all that are written are marked: reads on, at
  /// most so long, to see where nothing but markers of transactions follows. The ends of these
  /// partitions, which are marked as well. Records that come meanwhile are dropped.
  std::vector<RecordLocation> pass_markers(std::int64_t wait_ms);

  /// False from ConsumerOptions::on_reach(false) to on_reach(true).
  bool is_reachable() const;
  /// Makes poll() return kStopped. Async-signal-safe, from any thread.
  void stop();
  /// Commits what is marked and leaves the group; waits at most so long for it, and only for a
  /// moment where the brokers do not answer.
  Result<void> close(std::int64_t wait_ms = 2'000);

 private:
  friend class Producer;  // commits offsets in a transaction, as this member
  class Impl;
  explicit Consumer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kreel
