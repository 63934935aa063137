#include "cli/transactions.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/units.hpp>

#include "cli/counted.hpp"
#include "cli/delivery_wait.hpp"

namespace kreel::cli {
namespace {

constexpr std::int64_t kAbortOnStopMs = 1'600;
constexpr std::int64_t kLeastAbortMs = 300;

std::uint64_t lost_records(const Producer& producer) {
  const DeliveryCounts counts = producer.counts();
  return counts.failed + counts.unknown;
}

}  // namespace

Result<void> Transactions::begin_when_needed() {
  if (open_) return {};
  TRY(producer_.begin_transaction());
  open_ = true;
  in_doubt_ = left_open_ = false;
  lost_before_ = lost_records(producer_);
  records_ = 0;
  bytes_ = 0;
  return {};
}

void Transactions::accepted(const RecordView& record) {
  ++records_;
  bytes_ +=
      static_cast<std::int64_t>(record.key.value_or("").size() + record.value.value_or("").size());
}

Result<void> Transactions::commit(const StopRequests& stop, const AddOffsets& add_offsets) {
  if (!open_) return {};
  if (!wait_for_answers(producer_, patience_, stop)) {
    return fail(ErrorKind::kUnreachable,
                fmt::format("nothing was acknowledged for {}", format_duration(patience_)));
  }
  if (stop.requested()) return {};
  if (lost_records(producer_) > lost_before_) {
    return fail(ErrorKind::kFailed, "a record of the transaction could not be written");
  }
  if (add_offsets) TRY(add_offsets(patience_.count()));
  in_doubt_ = true;
  TRY(producer_.commit_transaction(patience_.count()));
  in_doubt_ = false;
  open_ = false;
  ++committed_.transactions;
  committed_.records += records_;
  committed_.bytes += bytes_;
  return {};
}

Result<void> Transactions::abort(const StopRequests& stop) {
  if (!open_) return {};
  open_ = false;
  const std::int64_t limit_ms =
      stop.requested() ? std::max(kLeastAbortMs, stop.left_ms(kAbortOnStopMs)) : patience_.count();
  const auto aborted = producer_.abort_transaction(limit_ms);
  left_open_ = !aborted && aborted.error().kind() == ErrorKind::kUnreachable;
  if (aborted) in_doubt_ = false;
  return aborted;
}

std::string Transactions::end_text() const {
  const std::string records = counted(records_, "record");
  if (in_doubt_) {
    return fmt::format("{} more committed or not, all of them alike: the answer is missing",
                       records);
  }
  if (!left_open_) return records + " aborted";
  return records + " not committed; the broker aborts their transaction at its time limit";
}

std::string to_string(const Transactions::Committed& committed) {
  return fmt::format("{} committed in {}", counted(committed.records, "record"),
                     counted(committed.transactions, "transaction"));
}

}  // namespace kreel::cli
