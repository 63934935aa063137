#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include <kreel/consumer.hpp>

#include "cli/consume_plan.hpp"
#include "cli/context.hpp"
#include "cli/exit_code.hpp"
#include "cli/group_end.hpp"
#include "cli/progress.hpp"
#include "cli/record_filter.hpp"
#include "cli/record_writer.hpp"
#include "cli/stop_requests.hpp"

namespace kreel::cli {

// For Consumer::pass_markers(): an end is told within fetch.wait.max.ms.
constexpr std::int64_t kMarkersMs = 1'000;

struct ConsumeLimits {
  std::optional<std::int64_t> records;
  std::optional<std::chrono::milliseconds> idle;
  // With filters and `idle`: records in it are news even when they do not pass, so that a long
  // search is not idleness. Others that do not pass are none.
  const Backlog* backlog = nullptr;

  bool is_news(const RecordView& left_out) const {
    return backlog == nullptr || backlog->contains(left_out);
  }
};

// kConditionFalse: the limit of records was not reached before nothing came for too long.
Error too_few_records(std::int64_t came, const ConsumeLimits& limits);

// Reads records and prints those that are wanted, until a limit, the end or a signal. What it
// commits has left the process before.
class ConsumeJob {
 public:
  // `end` may be null. All of them outlive the job.
  ConsumeJob(CommandContext& context, Consumer& consumer, RecordWriter& writer,
             RecordFilter& filter, ConsumeLimits limits, GroupEnd* end)
      : context_(context),
        consumer_(consumer),
        writer_(writer),
        filter_(filter),
        limits_(limits),
        end_(end) {}

  // Closes the consumer as well.
  Result<ExitCode> run(const StopRequests& stop, Progress& progress);

 private:
  enum class Step { kGoOn, kDone, kIdle };
  Result<Step> step(Progress& progress);
  Step take(Progress& progress);
  Step quiet();
  Step idle_or_on();
  bool has_all() const;
  bool flush();
  void mark_flushed();

  CommandContext& context_;
  Consumer& consumer_;
  RecordWriter& writer_;
  RecordFilter& filter_;
  ConsumeLimits limits_;
  GroupEnd* end_;
  std::int64_t seen_ = 0;
  std::int64_t news_ = 0;  // counts what ends idleness
  std::int64_t news_when_looked_ = 0;
  std::int64_t quiet_since_ms_ = 0;
};

}  // namespace kreel::cli
