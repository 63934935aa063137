#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <kreel/consumer.hpp>
#include <kreel/producer.hpp>

#include "cli/context.hpp"
#include "cli/copy_progress.hpp"
#include "cli/delivery_window.hpp"
#include "cli/exit_code.hpp"
#include "cli/pace.hpp"
#include "cli/progress.hpp"
#include "cli/record_filter.hpp"
#include "cli/stop_requests.hpp"
#include "cli/topic_lookup.hpp"
#include "cli/transactions.hpp"

namespace kreel::cli {

struct CopySettings {
  std::string group;  // keeps the progress
  std::optional<std::string> transactional_id;
  std::int64_t records_per_transaction = 10'000;
  std::optional<double> records_per_s;
  std::optional<std::int64_t> records;  // at most so many
  bool restart = false;                 // what an earlier run did is forgotten
};

// Writes what a consumer reads to a topic of the same partitions, and keeps the progress there. One
// thread.
class CopyJob {
 public:
  // All of them outlive the job; `to` administers the cluster that is written to.
  CopyJob(CommandContext& context, AdminClient& to, const TopicTarget& target, RecordFilter& filter,
          CopySettings settings);

  // Opens the producer. With transactions: takes over from a run that was killed, whose last
  // transaction is then settled; only afterwards the progress may be loaded.
  Result<void> open(ClientConfig config);
  Result<ExitCode> run(Consumer& from, const StopRequests& stop, Progress& progress);
  void stop();  // async-signal-safe

 private:
  Result<bool> step(Consumer& from, const StopRequests& stop, Progress& progress);
  Result<bool> take(const RecordView& record, const StopRequests& stop);
  Result<void> save_when_due(const StopRequests& stop);
  Result<void> save(const StopRequests& stop);
  Result<void> commit(const StopRequests& stop);
  Result<void> finish(const StopRequests& stop);
  void abandon(const StopRequests& stop);
  void failed(const DeliveryFailure& failure);
  void tell_counts();

  CommandContext& context_;
  AdminClient& to_;
  const TopicTarget& target_;
  RecordFilter& filter_;
  CopySettings settings_;
  std::unique_ptr<Producer> producer_;
  CopyProgress progress_;
  DeliveryWindow window_;
  Pace pace_;
  std::optional<Error> failure_;
  std::int64_t seen_ = 0;
  std::int64_t unmatched_ = 0;
  std::int64_t copied_ = 0;
  std::optional<Transactions> transactions_;
  std::int64_t started_ms_ = 0;
  std::int64_t saved_at_ms_ = 0;
};

}  // namespace kreel::cli
