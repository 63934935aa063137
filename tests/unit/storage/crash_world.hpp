#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "storage/disk_log_manager.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"
#include "unit/storage/crash_model_of_logs.hpp"

namespace kreel::test {

/// What a run of crash states shares: its dice and what was found.
struct CrashRun {
  explicit CrashRun(std::uint64_t seed_value) : seed(seed_value), dice(seed_value) {}

  std::uint64_t seed;
  SeededRandom dice;
  storage::FlushPolicy flush;
  std::uint64_t producer_save_bytes = storage::kProducerSaveBytes;
  std::uint64_t states = 0;
  /// One operation in so many is crashed at; over many seeds that is each.
  std::uint64_t one_op_in = 4;
  std::size_t images_per_op = 4;
  std::vector<std::string> violations;

  bool is_over() const { return violations.size() >= 3; }
  std::uint64_t below(std::uint64_t bound) { return dice.next_u64() % bound; }
};

/// The record batch that a producer sends; without producer id when `producer` is negative. For a
/// compacted topic it is `keyed`.
Bytes make_batch(const SentBatch& sent, ProducerId producer, TimestampMs now_ms, bool keyed);

/// A data directory in use: file system, log manager and clients, all on one thread, and the model
/// of what was promised. At chosen file operations it crashes into several states; each is booted
/// as a world of its own, checked, used a little, and crashed again up to three deep.
class CrashWorld {
 public:
  /// A new directory.
  CrashWorld(CrashRun& run, std::string name);
  /// What a crash left.
  CrashWorld(CrashRun& run, std::string name, Node image, DirectoryModel model,
             const ManualClock& clock, int depth);
  ~CrashWorld();

  /// Crash at state-changing operations from now on.
  void crash_at_ops() { crash_often_ = true; }

  /// Opens the manager and the logs of the model, and checks what is found.
  void open();
  bool is_open() const { return manager_ != nullptr; }
  /// Manager gone as at the death of the process; the files stay as they are.
  void die();
  void stop();

  void create_topic(const std::string& topic, const storage::LogConfig& config);
  void delete_topic(const std::string& topic);
  void append(const std::string& topic, ProducerId producer, int records, std::size_t value_bytes);
  /// Batches of so many records, given to the log together.
  void append_group(const std::string& topic, ProducerId producer, const std::vector<int>& records,
                    std::size_t value_bytes);
  /// A batch in the open transaction of a transactional producer, or in a new one.
  void append_in_txn(const std::string& topic, ProducerId producer, int records);
  /// Ends it, if there is one.
  void end_txn(const std::string& topic, ProducerId producer, bool committed);
  void commit_what_is_open();
  /// Waits until everything appended is acknowledged.
  void flush();
  /// What the threads would do, after `ms` milliseconds.
  void pass_time(std::int64_t ms);
  void delete_records(const std::string& topic, Offset before);
  void compact();

  /// Each acknowledged batch of the last five again: a duplicate with the original offset.
  void resend_batches();
  void check_logs();
  /// Crashes into `samples` states now, whatever the operation.
  void crash_now(std::size_t samples);

  /// One state that a crash could leave now, not opened yet, to be crashed in its turn.
  std::unique_ptr<CrashWorld> power_failure();

  FaultyFileSystem& fs() { return fs_; }
  DirectoryModel& model() { return model_; }
  Offset end_of(const std::string& topic) { return partition(topic).end; }
  storage::DiskLogManager& manager() { return *manager_; }
  /// Errors of the storage are expected from now on: faults are being injected.
  void expect_faults() { faults_expected_ = true; }
  bool storage_failed() const { return storage_failed_; }
  bool something_was_refused() const { return refused_ > 0; }

 private:
  PartitionModel& partition(const std::string& topic) { return model_.partitions.at({topic, 0}); }
  void before_op(const Op& op);
  void observe();
  void crash_into(std::size_t samples, const std::string& where);
  void boot_and_check(const CrashChoice& choice, const std::string& where);
  void go_on();
  bool open_log(const storage::TopicPartition& name, PartitionModel& expected);
  void check_log(const storage::TopicPartition& name, PartitionModel& expected,
                 bool after_recovery);
  SentBatch send(const std::string& topic, ProducerId producer, Offset base_offset, int records,
                 std::size_t value_bytes);
  void note_append(const std::string& topic, ProducerId producer, const SentBatch& sent,
                   const storage::AppendResult& result);
  std::string new_text(PartitionModel& expected, Offset offset, const std::string& prefix,
                       const std::string& suffix);
  using Found = std::map<Offset, std::string>;
  void check_compacted(const storage::TopicPartition& name, const PartitionModel& expected,
                       const storage::LogOffsets& offsets, Found found);
  bool read_record(const storage::TopicPartition& name, const PartitionModel& expected,
                   Offset offset, const std::string& value);
  void check_transactions(const storage::TopicPartition& name, const PartitionModel& expected);
  void check_clean_mark(Phase phase);
  void forget_what_is_gone(PartitionModel& expected, Offset log_end);
  void violation(const std::string& text);

  CrashRun& run_;
  const std::string name_;
  const int depth_;
  ManualClock clock_;
  ManualExecutor executor_{clock_};
  SeededRandom ids_;
  FaultyFileSystem fs_;
  DirectoryModel model_;
  std::unique_ptr<storage::DiskLogManager> manager_;
  std::map<storage::TopicPartition, std::shared_ptr<storage::Log>> logs_;
  bool crash_often_ = false;
  std::uint64_t crash_at_op_ = 0;  // 0: never
  bool in_hook_ = false;
  bool faults_expected_ = false;
  bool storage_failed_ = false;
  std::uint64_t refused_ = 0;
  std::uint64_t next_value_ = 0;
};

}  // namespace kreel::test
