#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/producer.hpp>

#include "cli/context.hpp"
#include "cli/delivery_window.hpp"
#include "cli/exit_code.hpp"
#include "cli/pace.hpp"
#include "cli/progress.hpp"
#include "cli/record_source.hpp"
#include "cli/stop_requests.hpp"
#include "cli/topic_lookup.hpp"
#include "cli/transactions.hpp"

namespace kreel::cli {

struct ProduceSettings {
  std::optional<std::string> topic;  // empty: each record names its own
  std::optional<std::int32_t> partition;
  std::vector<KeyValue> headers;  // behind those of the record
  std::optional<std::int64_t> timestamp_ms;
  std::optional<double> records_per_s;
  std::optional<std::string> rejects_file;  // what is no record goes there, and the rest goes on
  std::optional<std::string> transactional_id;
  std::optional<std::int64_t> records_per_transaction;  // empty: all in one
};

// Writes records from sources to topics, keeps what is under way bounded, and counts what became of
// it. One thread.
class ProduceJob {
 public:
  ProduceJob(CommandContext& context, ProduceSettings settings, TopicLookup& topics);

  // Looks up the topic and opens the producer. With a transactional id, what another producer of it
  // has open is aborted, and that one can write no more.
  Result<void> open(ClientConfig config);
  // All records of `source`; false when a stop was asked for or the brokers do not answer. An
  // error ends the job: what was taken before it still counts.
  Result<bool> run(RecordSource& source, const StopRequests& stop, Progress& progress);
  // Waits for the answers that are missing, tells what became of the records, and gives the exit
  // code that follows from it.
  ExitCode finish(const StopRequests& stop);
  // The same with a transactional id: commits what is open, or aborts it when `done` says that not
  // everything was taken, or something went wrong, or at a stop.
  Result<ExitCode> finish_transactions(Result<void> done, const StopRequests& stop);

  // Does not wait long for a transaction's end from now on. Async-signal-safe.
  void stop() {
    if (transactions_) producer_->stop();
  }
  DeliveryCounts counts() const { return producer_->counts(); }
  // A piece of what is too large to be read as a whole: for the rejects.
  Result<void> keep_cut(std::string_view piece);
  // While the input has nothing to give; false once the brokers have been silent for --timeout.
  bool wait_for_input();
  // Of the largest record that can be written; settled by open().
  std::int64_t record_bytes_max() const { return record_bytes_max_; }

 private:
  Result<bool> write(RecordView record, const RecordSource& source, const StopRequests& stop);
  // `alone`: the records behind it are taken even when nobody wants the rejects.
  Result<void> reject(const RecordSource& source, const Error& error, bool alone);
  Result<void> open_rejects();
  RecordView complete(RecordView record, const TopicTarget& target);
  Result<void> commit(const StopRequests& stop);
  void tell_committed(std::int64_t open_records);
  Result<void> finish_rejects();
  std::string where(std::uint64_t tag) const;
  void failed(const DeliveryFailure& failure);
  void tell_failure(const Error& error);
  void tell_last_failures();
  std::string counts_text() const;
  void tell_counts(bool gave_up);

  CommandContext& context_;
  ProduceSettings settings_;
  TopicLookup& topics_;
  std::unique_ptr<Producer> producer_;
  const TopicTarget* target_ = nullptr;
  bool is_answered_ = true;  // acks=0: the broker says nothing of records
  std::int64_t record_bytes_max_ = 0;
  std::vector<std::string> source_names_;
  std::vector<RecordHeaderView> headers_;
  DeliveryWindow window_;
  Pace pace_;
  std::optional<Transactions> transactions_;
  std::optional<Error> failure_;  // the first one of a transaction
  std::uint64_t failures_ = 0;
  std::uint64_t denied_ = 0;  // of these, for want of a right
  std::string hint_told_;
  bool is_finishing_ = false;
  std::uint64_t failures_before_end_ = 0;         // told when they came
  std::map<std::uint64_t, Error> last_failures_;  // by tag: the first of those at the end
  std::uint64_t refused_as_bad_ = 0;  // for their size: before they were sent, or by the broker
  std::uint64_t refused_here_ = 0;    // of these, before they were sent
  std::uint64_t rejected_ = 0;
  std::unique_ptr<OutStream> rejects_;
  int rejects_descriptor_ = -1;
  std::int64_t started_ms_ = 0;
};

}  // namespace kreel::cli
