#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/counted.hpp"
#include "cli/produce_job.hpp"
#include "cli/report.hpp"

// How a ProduceJob ends its transactions.

namespace kreel::cli {

Result<void> ProduceJob::commit(const StopRequests& stop) {
  const auto committed = transactions_->commit(stop);
  if (failure_) return fail(*failure_);
  return committed;
}

Result<ExitCode> ProduceJob::finish_transactions(Result<void> done, const StopRequests& stop) {
  if (done && failure_) done = fail(*failure_);
  if (done && window_.gave_up()) {
    done = fail(ErrorKind::kUnreachable, fmt::format("nothing was acknowledged for {}",
                                                     format_duration(context_.timeout())));
  }
  if (done && !stop.requested()) done = commit(stop);
  const bool was_open = transactions_->is_open();
  const std::int64_t records = transactions_->records();
  const auto aborted = transactions_->abort(stop);
  // Why the producer can do nothing any more says more than the record that failed by it.
  if (!done && !aborted && done.error().kind() == ErrorKind::kFailed) done = fail(aborted.error());
  tell_committed(was_open ? records : 0);
  const auto written = finish_rejects();
  if (const auto code = stop.exit()) {
    if (!done) report_error(context_.streams(), done.error(), false);
    return *code;
  }
  if (!done) return fail(done.error());
  if (!written) return fail(written.error());
  return ExitCode::kDone;
}

void ProduceJob::tell_committed(std::int64_t open_records) {
  const auto& committed = transactions_->committed();
  const double seconds = static_cast<double>(steady_ms() - started_ms_) / 1e3;
  std::string text = "0 records";
  if (committed.transactions > 0) {
    text = fmt::format("{}, {} in {:.1f} s", to_string(committed), format_size(committed.bytes),
                       seconds);
  } else if (open_records > 0) {
    text = "nothing committed";
  }
  if (open_records > 0) text += "; " + transactions_->end_text();
  context_.note(text);
}

}  // namespace kreel::cli
