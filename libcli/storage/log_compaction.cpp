#include "storage/log_compaction.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/planted_bug.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"

namespace kreel::storage {
namespace {

constexpr Offset kGroupOffsetsMax = std::numeric_limits<std::int32_t>::max();

tl::unexpected<Error> damaged(const Segment& segment, const BatchScanner& scanner) {
  return fail(ErrorKind::kBadInput, fmt::format("{}: {} at byte {}", segment.path(kLogSuffix),
                                                to_string(scanner.end()), scanner.position()));
}

}  // namespace

CompactionPass::CompactionPass(LogContext& context, CompactionInput input,
                               const CompactionOptions& options)
    : context_(context),
      input_(std::move(input)),
      options_(options),
      newest_({.first_offset = input_.first_dirty,
               .offset_count = static_cast<std::uint64_t>(input_.end - input_.first_dirty),
               .bytes_max = options.map_bytes_max,
               .secret = options.secret}),
      mapped_to_(input_.first_dirty) {}

/// Those whose markers a walk from `first` on will meet.
CompactionTransactions CompactionPass::transactions_from(Offset first) const {
  CompactionTransactions transactions;
  for (const auto& one : input_.aborted) {
    if (one.last_offset >= first && one.first_offset < input_.end) {
      transactions.add_aborted(std::span(&one, 1));
    }
  }
  return transactions;
}

Result<bool> CompactionPass::map_keys() {
  transactions_ = transactions_from(input_.first_dirty);
  const auto& segments = input_.segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto end = i + 1 < segments.size() ? segments[i + 1]->base_offset() : input_.end;
    if (end <= input_.first_dirty) continue;
    TRY_ASSIGN(const bool had_room, map_segment(*segments[i]));
    if (!had_room) break;
    mapped_to_ = end;
  }
  return !gave_up_;
}

/// False when there is no room for another key, or it was told to give up.
Result<bool> CompactionPass::map_segment(Segment& segment) {
  TRY_ASSIGN(const auto file, segment.file());
  TRY_ASSIGN(const auto start, segment.position_before(input_.first_dirty));
  BatchScanner scanner(*file, start, segment.size_bytes(), BatchScanner::Check::kCrc);
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) break;
    map_bytes_read_ += found->header.size_bytes();
    if (!may_go_on(found->header.size_bytes())) return false;
    if (found->header.last_offset() < input_.first_dirty) continue;
    TRY_ASSIGN(const bool had_room, map_batch(found->header, scanner.batch()));
    if (!had_room) return false;
    mapped_to_ = found->header.last_offset() + 1;
  }
  if (scanner.end() != ScanEnd::kLimit) return damaged(segment, scanner);
  return true;
}

Result<bool> CompactionPass::map_batch(const protocol::BatchHeader& header, ByteView batch) {
  if (header.is_control()) {
    static_cast<void>(transactions_.marker_is_needless(header, batch));
    if (!KREEL_BUG("compact_markers_by_key")) return true;
  }
  if (transactions_.is_aborted(header)) return true;
  TRY_ASSIGN(auto reader, protocol::BatchReader::open(batch, kDecompressedBatchBytesMax));
  while (true) {
    TRY_ASSIGN(const auto record, reader.next());
    if (!record) return true;
    if (!record->key || record->offset < input_.first_dirty) continue;
    if (!newest_.put(*record->key, record->offset)) return false;
    mapped_to_ = record->offset + 1;
  }
}

std::vector<CompactionPass::Group> CompactionPass::groups() const {
  std::vector<Group> groups;
  std::uint64_t size = 0;
  const auto& segments = input_.segments;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto& segment = segments[i];
    if (segment->base_offset() >= mapped_to_) break;
    const auto end = i + 1 < segments.size() ? segments[i + 1]->base_offset() : input_.end;
    const auto limit = static_cast<std::uint64_t>(input_.config.segment_bytes);
    const bool fits = !groups.empty() && size + segment->size_bytes() <= limit &&
                      end - groups.back().front()->base_offset() <= kGroupOffsetsMax;
    if (!fits) {
      groups.emplace_back();
      size = 0;
    }
    groups.back().push_back(segment);
    size += segment->size_bytes();
  }
  return groups;
}

Result<std::shared_ptr<Segment>> CompactionPass::copy(const Group& group) {
  if (!cleaner_) {
    // The walk begins anew, and with it what it knows of transactions.
    transactions_ = transactions_from(0);
    cleaner_ = std::make_unique<BatchCleaner>(
        BatchCleaner::Options{.newest = newest_,
                              .mapped_to = mapped_to_,
                              .now_ms = options_.now_ms,
                              .delete_retention_ms = input_.config.delete_retention_ms,
                              .producers = input_.producers},
        transactions_);
  }
  const auto base = group.front()->base_offset();
  auto to =
      std::make_shared<Segment>(context_.fs, context_.handles, group.front()->directory(), base);
  const auto name = segment_file_name(base, kLogSuffix) + std::string(kCleanedSuffix);
  cleaner_->start_segment();
  buffer_.clear();
  written_bytes_ = synced_bytes_ = 0;
  discard(*to);  // of a copy that failed
  const auto copy_all = [&]() -> Result<bool> {
    TRY(to->create(name));
    for (const auto& from : group) {
      TRY_ASSIGN(const bool goes_on, copy_segment(*from, from == group.back(), *to));
      if (!goes_on) return false;
    }
    TRY(write_out(*to));
    TRY(sync_out(*to, true));
    auto kept = transactions_.take_kept();
    TRY(write_aborted(*to, kept));
    to->set_aborted(std::move(kept), true);
    return true;
  };
  const auto whole = copy_all();
  const bool is_same = group.size() == 1 && !cleaner_->has_changed_any();
  if (whole && *whole && !is_same && written_bytes_ > 0) {
    to->seal();
    to->set_size_bytes(written_bytes_);
    to->set_synced_bytes(written_bytes_);
    return to;
  }
  static_cast<void>(transactions_.take_kept());
  discard(*to);
  if (!whole) return tl::unexpected(whole.error());
  return nullptr;
}

/// On disk before the commit: recovery believes a transaction index that is there.
Result<void> CompactionPass::write_aborted(const Segment& to, std::span<const AbortedTxn> kept) {
  const auto path = to.path(kTxnIndexSuffix) + std::string(kCleanedSuffix);
  TRY_ASSIGN(const auto file, context_.fs.open(path, fs::OpenMode::kCreateExclusive));
  TRY(file->write_at(encode_aborted(kept), 0));
  if (context_.ephemeral) return {};
  return file->sync_data();
}

void CompactionPass::discard(const Segment& segment) {
  for (const auto suffix : {kLogSuffix, kTxnIndexSuffix}) {
    const auto path = segment.path(suffix) + std::string(kCleanedSuffix);
    static_cast<void>(context_.fs.remove_file(path));
  }
}

Result<bool> CompactionPass::copy_segment(Segment& from, bool is_last, Segment& to) {
  TRY_ASSIGN(const auto file, from.file());
  const auto size = from.size_bytes();
  BatchScanner scanner(*file, 0, size, BatchScanner::Check::kCrc);
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) break;
    if (!may_go_on(found->header.size_bytes())) return false;
    const auto position = written_bytes_ + buffer_.size();
    const bool ends_segment = is_last && scanner.position() == size;
    TRY_ASSIGN(const auto kept, cleaner_->clean(scanner.batch(), ends_segment, buffer_));
    if (kept) to.note_batch(*kept, position, input_.config.index_interval_bytes);
    if (buffer_.size() >= kCompactionWriteBytes) TRY(write_out(to));
  }
  if (scanner.end() != ScanEnd::kLimit) return damaged(from, scanner);
  return true;
}

Result<void> CompactionPass::write_out(Segment& to) {
  if (buffer_.empty()) return {};
  TRY_ASSIGN(const auto file, to.file());
  TRY(file->write_at(buffer_, written_bytes_));
  written_bytes_ += buffer_.size();
  buffer_.clear();
  return sync_out(to, false);
}

/// In steps: one sync of a whole segment would hold up those that acknowledgements wait for.
Result<void> CompactionPass::sync_out(Segment& to, bool everything) {
  if (context_.ephemeral || KREEL_BUG("skip_compaction_sync")) return {};
  const bool is_due = everything || written_bytes_ - synced_bytes_ >= kCompactionSyncBytes;
  if (!is_due || (synced_bytes_ == written_bytes_ && written_bytes_ > 0)) return {};
  TRY_ASSIGN(const auto file, to.file());
  TRY(file->sync_data());
  synced_bytes_ = written_bytes_;
  return {};
}

CompactionOutcome CompactionPass::outcome() const {
  CompactionOutcome outcome;
  outcome.clean_to = mapped_to_;
  outcome.has_more = has_more();
  if (cleaner_) outcome.counts = cleaner_->counts();
  outcome.map_bytes_read = map_bytes_read_;
  outcome.keys = newest_.size();
  outcome.map_bytes = newest_.size_bytes();
  return outcome;
}

}  // namespace kreel::storage
