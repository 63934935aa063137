#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/consumer.hpp>
#include <kreel/producer.hpp>

#include "cli/consume_job.hpp"
#include "cli/context.hpp"
#include "cli/delivery_window.hpp"
#include "cli/exit_code.hpp"
#include "cli/group_end.hpp"
#include "cli/pipe_worker.hpp"
#include "cli/stop_requests.hpp"
#include "cli/topic_lookup.hpp"
#include "cli/transactions.hpp"

namespace kreel::cli {

struct PipeSettings {
  ExecCommand command;
  std::string transactional_id;
  bool gives_json = false;   // lines of jsonl for the command, else values
  bool prints_json = false;  // lines of jsonl from it, else values
  std::int64_t batch_records = 1'000;
  std::chrono::milliseconds batch_wait{100};
  ConsumeLimits limits;
};

// Gives batches of records to a command and writes what it prints, with the group's offsets in the
// same transaction: a batch is done once or not at all. One thread, which waits for the broker and
// the command together.
class PipeJob {
 public:
  // All of them outlive the job. `end` may be null.
  PipeJob(CommandContext& context, PipeSettings settings, const TopicTarget& out,
          const ProcessGuard& guard, GroupEnd* end);

  // Opens the producer: what another one of the id has open is aborted.
  Result<void> open(ClientConfig config);
  void stop() { producer_->stop(); }  // async-signal-safe
  // For ConsumerOptions.
  void assigned();
  void revoked(bool lost);
  // Opens a consumer, and another one when a batch has to be read again.
  using OpenConsumer = std::function<Result<std::unique_ptr<Consumer>>()>;
  Result<ExitCode> run(const OpenConsumer& open_consumer, const StopRequests& stop);

 private:
  enum class Reading { kOn, kDone, kIdle };

  Result<void> work_through();
  Result<void> read_batch();
  Result<bool> read_one();
  void quiet();
  bool batch_is_full() const;
  bool batch_is_due() const;
  void drop_batch();

  Result<void> work();
  Result<void> start_next();
  Result<void> turn(std::int64_t wait_ms, bool with_consumer);
  Result<void> settle(const ExecOutcome& outcome);
  Result<void> take_lines(bool is_all);
  Result<void> write(std::string_view line);
  Result<void> commit();
  Result<void> commit(const std::vector<RecordLocation>& offsets);
  Result<void> commit_ends();
  void abandon();
  std::string batch_name() const;
  Result<std::string> text_of(const Record& record);

  Result<void> end_command();
  Result<ExitCode> wind_up(Result<void> done);
  bool may_go_on(const Result<void>& done);
  void tell_counts();

  CommandContext& context_;
  PipeSettings settings_;
  const TopicTarget& out_;
  GroupEnd* end_;
  std::unique_ptr<PipeWorker> worker_;
  ExecTask task_;
  std::unique_ptr<Producer> producer_;
  std::optional<Transactions> transactions_;
  std::optional<Error> failure_;  // the first record of a transaction that failed
  DeliveryWindow window_;

  std::unique_ptr<Consumer> consumer_;
  const StopRequests* stop_ = nullptr;
  Reading reading_ = Reading::kOn;
  std::vector<Record> batch_;
  std::size_t batch_bytes_ = 0;
  std::int64_t batch_began_ms_ = 0;
  std::map<TopicPartition, std::int64_t> committed_;  // in this run
  std::set<TopicPartition> past_end_;  // that gave records behind the end, which are not ours
  bool working_ = false;
  std::size_t given_ = 0;            // records of the batch, to a command that stays
  std::int64_t lines_taken_ = 0;     // of the batch
  std::optional<Error> work_error_;  // that came up while partitions were taken away
  int failures_in_a_row_ = 0;
  std::int64_t failing_since_ms_ = 0;  // the first of them
  std::optional<Error> abort_error_;   // the transaction could not be ended

  std::int64_t records_read_ = 0;  // and committed
  std::int64_t last_record_ms_ = 0;
  std::int64_t end_looked_ms_ = 0;
  std::int64_t started_ms_ = 0;
};

}  // namespace kreel::cli
