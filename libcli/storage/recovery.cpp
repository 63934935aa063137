#include "storage/recovery.hpp"

#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/compaction_record.hpp"
#include "storage/names.hpp"
#include "storage/producer_replay.hpp"
#include "storage/producer_snapshot.hpp"
#include "storage/recovery_tail.hpp"

namespace kreel::storage {
namespace {

/// The steps of recover_log(), on one partition's directory.
class Recovery {
 public:
  Recovery(LogContext& context, const RecoveryOptions& options)
      : context_(context),
        fs_(context.fs),
        options_(options),
        directory_(fs::join(context.data_directory, options.partition.to_string())) {}

  Result<LogState> run();

 private:
  Result<void> settle_compaction();
  Result<void> find_segments();
  Result<void> drop_below_log_start();
  Result<void> open_segments();
  Result<void> check_sealed();
  Result<SegmentEnd> end_of_sealed(Segment& segment, bool read_whole);
  Result<LogPosition> begin_of_overlap(Segment& segment, Offset next) const;
  void choose_what_is_read_whole();
  std::optional<std::string> missing_segment() const;
  Result<void> read_epochs();
  Result<void> restore_producers();
  Result<void> remove_useless_snapshots(Offset restored_from);
  Result<void> restore_aborted(Offset before);
  Result<void> rebuild_aborted(std::size_t segment_index, Offset before);
  Offset segment_end(std::size_t index) const;
  Offset kafka_flushed_end() const;
  Result<void> apply_log_start();
  Result<void> remove_leftovers();
  TailOptions tail_options() const;

  LogContext& context_;
  fs::FileSystem& fs_;
  const RecoveryOptions& options_;
  const std::string directory_;
  std::vector<std::string> names_;
  std::vector<Offset> bases_;
  std::size_t first_read_whole_ = 0;
  std::string compaction_damage_;
  LogState state_;
};

Result<void> Recovery::find_segments() {
  TRY_ASSIGN(names_, fs_.list(directory_));
  for (const auto& name : names_) {
    if (const auto base = parse_segment_file_name(name, kLogSuffix)) bases_.push_back(*base);
  }
  std::ranges::sort(bases_);
  return {};
}

/// Segments below the log start were on their way out, and some of their files may be gone already:
/// a gap between them is no damage.
Result<void> Recovery::drop_below_log_start() {
  while (bases_.size() > 1 && bases_[1] <= options_.log_start) {
    for (const auto suffix : kSegmentSuffixes) {
      const auto name = segment_file_name(bases_.front(), suffix);
      if (std::ranges::find(names_, name) == names_.end()) continue;
      TRY(fs_.remove_file(fs::join(directory_, name)));
      std::erase(names_, name);
    }
    bases_.erase(bases_.begin());
  }
  return {};
}

/// Files of segments that were already out of the log.
Result<void> Recovery::remove_leftovers() {
  for (const auto& name : names_) {
    if (name.ends_with(kDeletedSuffix)) TRY(fs_.remove_file(fs::join(directory_, name)));
  }
  return {};
}

Result<void> Recovery::open_segments() {
  for (const auto base : bases_) {
    auto segment = std::make_shared<Segment>(fs_, context_.handles, directory_, base);
    TRY_ASSIGN(const auto file, fs_.open(segment->path(kLogSuffix), fs::OpenMode::kRead));
    TRY_ASSIGN(const auto size, file->size_bytes());
    segment->set_size_bytes(size);
    segment->set_synced_bytes(size);
    segment->expect_indexes_on_disk();
    state_.segments.push_back(std::move(segment));
  }
  return {};
}

/// Every segment but the last ends where the next one begins; with compaction it may end before.
Result<void> Recovery::check_sealed() {
  for (std::size_t i = 0; i + 1 < state_.segments.size() && !state_.damage; ++i) {
    auto& segment = *state_.segments[i];
    const auto next = state_.segments[i + 1]->base_offset();
    TRY_ASSIGN(auto end, end_of_sealed(segment, i >= first_read_whole_));
    LogPosition at{end.next_offset, segment.base_offset(), end.position};
    if (!end.is_whole) {
      state_.damage = DamagePoint{at, fmt::format("{}: {} at byte {}", segment.path(kLogSuffix),
                                                  to_string(end.reason), end.position)};
    } else if (end.next_offset > next) {
      TRY_ASSIGN(at, begin_of_overlap(segment, next));
      state_.damage = DamagePoint{at, fmt::format("{}: records {} to {} are there twice",
                                                  directory_, next, end.next_offset - 1)};
    } else if (end.next_offset < next && !options_.config.cleanup_compact) {
      state_.damage = DamagePoint{at, fmt::format("{}: records {} to {} are missing", directory_,
                                                  end.next_offset, next - 1)};
    }
  }
  return {};
}

/// In front of the batch that reaches `next`, where the next segment begins.
Result<LogPosition> Recovery::begin_of_overlap(Segment& segment, Offset next) const {
  TRY_ASSIGN(const auto file, segment.file());
  TRY_ASSIGN(const auto from, segment.position_before(next));
  BatchScanner scanner(*file, from, segment.size_bytes(), BatchScanner::Check::kHeaders);
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) return LogPosition{next, segment.base_offset(), scanner.position()};
    if (found->header.last_offset() < next) continue;
    return LogPosition{std::min(found->header.base_offset, next), segment.base_offset(),
                       found->position};
  }
}

/// From its last index entry, or by reading all of it.
Result<SegmentEnd> Recovery::end_of_sealed(Segment& segment, bool read_whole) {
  if (read_whole) return check_whole_segment(segment);
  TRY_ASSIGN(const auto end, end_of_segment(segment));
  if (end.is_whole) return end;
  TRY(segment.forget_indexes());
  return end_of_segment(segment);
}

/// After a crash as much as the budget allows is read although it is proven durable, from the end
/// of the log backwards: damage is better found now than by a consumer.
void Recovery::choose_what_is_read_whole() {
  first_read_whole_ = state_.segments.size();
  if (options_.clean) return;
  while (first_read_whole_ > 0) {
    const auto size =
        static_cast<std::int64_t>(state_.segments[first_read_whole_ - 1]->size_bytes());
    if (context_.check_budget_bytes.fetch_sub(size) < size) {
      context_.check_budget_bytes.fetch_add(size);
      return;
    }
    --first_read_whole_;
  }
}

/// Segments that the mark has seen on the disk and that are not there.
std::optional<std::string> Recovery::missing_segment() const {
  if (!options_.mark || options_.clean) return std::nullopt;
  const auto wanted = options_.mark->segment;
  if (std::ranges::binary_search(bases_, wanted)) return std::nullopt;
  // Retention may have taken it since.
  if (options_.mark->offset <= options_.log_start) return std::nullopt;
  if (!bases_.empty() && wanted < bases_.front()) return std::nullopt;
  if (options_.mark->offset == wanted && options_.mark->position == 0 && bases_.empty()) {
    return std::nullopt;
  }
  return fmt::format("{}: segment {} is missing", directory_, wanted);
}

TailOptions Recovery::tail_options() const {
  TailOptions tail;
  tail.directory = directory_;
  tail.clean = options_.clean;
  tail.mark = options_.mark;
  tail.recovery_point = options_.recovery_point;
  tail.all_but_last_are_synced = options_.kreel_wrote_it;
  tail.sync = !context_.ephemeral;
  tail.read_last_whole = first_read_whole_ < state_.segments.size();
  const bool commits = context_.flush.mode == FlushMode::kCommit;
  switch (context_.flush.mode) {
    case FlushMode::kCommit:
      tail.window_bytes = kCommitWindowBytes;
      break;
    case FlushMode::kInterval:
      tail.window_bytes = kIntervalWindowBytes;
      break;
    case FlushMode::kOs:
      break;  // all of the active segment
  }
  if (!options_.kreel_wrote_it) tail.window_bytes = std::numeric_limits<std::uint64_t>::max();
  tail.rewrite_max_bytes = options_.sync_had_failed ? std::numeric_limits<std::uint64_t>::max()
                           : commits                ? kCommitWindowBytes
                                                    : 0;
  tail.index_interval_bytes = options_.config.index_interval_bytes;
  return tail;
}

Result<void> Recovery::read_epochs() {
  const auto path = fs::join(directory_, std::string(kLeaderEpochFile));
  auto entries = read_epoch_checkpoint(fs_, path);
  if (!entries) {
    if (entries.error().kind() != ErrorKind::kBadInput) return tl::unexpected(entries.error());
    log::warning(entries.error().message() + "; rebuilt from the log");
    entries = std::vector<EpochStart>();
  }
  state_.epochs = LeaderEpochs(std::move(*entries));
  return {};
}

Result<void> Recovery::restore_producers() {
  if (KREEL_BUG("forget_producers")) return {};
  const auto end = state_.end.offset;
  const auto now = context_.clock.wall_ms();
  Offset from = 0;
  // Kafka's snapshots know one batch of each producer, so they are second best.
  auto loaded = load_producers(fs_, SnapshotKind::kKreel, directory_, names_, end, now);
  // After a crash it may be in the page cache alone.
  if (loaded && options_.clean) state_.producers_saved_to = loaded->offset;
  if (!loaded && !options_.kreel_wrote_it) {
    loaded =
        load_producers(fs_, SnapshotKind::kKafka, directory_, names_, kafka_flushed_end(), now);
  }
  if (loaded) {
    state_.producers = std::move(loaded->state);
    from = loaded->offset;
  }
  TRY(restore_aborted(from));
  for (std::size_t i = 0; i < state_.segments.size(); ++i) {
    if (segment_end(i) <= from) continue;
    auto& segment = *state_.segments[i];
    TRY_ASSIGN(auto more, replay_producers(segment, {from, end, now}, state_.producers));
    auto aborted = segment.aborted();
    const bool on_disk = more.empty() && segment.aborted_is_written();
    aborted.insert(aborted.end(), more.begin(), more.end());
    segment.set_aborted(std::move(aborted), on_disk);
  }
  return remove_useless_snapshots(from);
}

/// What lies ahead of the log would be believed once the log has grown past it again. Of kreel's
/// own files the newest is enough; Kafka's belong to segments, but for the one that a stop has left
/// last.
Result<void> Recovery::remove_useless_snapshots(Offset restored_from) {
  const auto end = state_.end.offset;
  Offset newest = -1;
  for (const auto& name : names_) {
    const auto offset = parse_segment_file_name(name, kSnapshotSuffix);
    if (offset && *offset <= end) newest = std::max(newest, *offset);
  }
  for (const auto& name : names_) {
    const auto kreels = parse_segment_file_name(name, kProducersSuffix);
    const auto kafkas = parse_segment_file_name(name, kSnapshotSuffix);
    const bool is_stray =
        kafkas && (*kafkas > end ||
                   (*kafkas != newest && std::ranges::find(bases_, *kafkas) == bases_.end()));
    const bool is_old = kreels && (*kreels > end || *kreels < restored_from);
    if (is_stray || is_old) TRY(fs_.remove_file(fs::join(directory_, name)));
  }
  return {};
}

Offset Recovery::segment_end(std::size_t index) const {
  return index + 1 == state_.segments.size() ? state_.end.offset
                                             : state_.segments[index + 1]->base_offset();
}

/// Kafka's transaction indexes are on disk up to its recovery point.
Offset Recovery::kafka_flushed_end() const {
  if (options_.clean) return state_.end.offset;
  return std::min(state_.end.offset, options_.recovery_point.value_or(0));
}

/// The transactions that were aborted below `before`, from the segments' files: kreel's snapshot of
/// the producers at `before` was written after them. Those of later ones come out of the replay.
Result<void> Recovery::restore_aborted(Offset before) {
  for (std::size_t i = 0; i < state_.segments.size(); ++i) {
    auto& segment = *state_.segments[i];
    if (segment.base_offset() >= before) return {};
    const auto path = segment.path(kTxnIndexSuffix);
    const auto content = fs::read_whole_file(fs_, path, kIndexFileBytesMax);
    const auto end = KREEL_BUG("keep_cut_aborts") ? std::numeric_limits<Offset>::max()
                                                  : std::min(before, segment_end(i));
    const auto entries =
        content ? decode_aborted(*content, segment.base_offset(), end) : std::nullopt;
    if (entries) {
      const bool on_disk = entries->size() * AbortedTxn::kBytes == content->size();
      segment.set_aborted(*entries, on_disk);
      continue;
    }
    const bool is_missing = !content && content.error().kind() == ErrorKind::kNotFound;
    if (!is_missing) log::warning(path + ": damaged, rebuilt from the log");
    TRY(rebuild_aborted(i, before));
  }
  return {};
}

/// Reads the log from the last place at which the producers of Kafka's snapshot are known.
Result<void> Recovery::rebuild_aborted(std::size_t segment_index, Offset before) {
  auto& segment = *state_.segments[segment_index];
  const auto now = context_.clock.wall_ms();
  auto known =
      load_producers(fs_, SnapshotKind::kKafka, directory_, names_, segment.base_offset(), now);
  ProducerState producers;
  Offset from = 0;
  if (known) {
    producers = std::move(known->state);
    from = known->offset;
  }
  std::vector<AbortedTxn> aborted;
  for (std::size_t i = 0; i <= segment_index; ++i) {
    if (segment_end(i) <= from) continue;
    TRY_ASSIGN(aborted, replay_producers(*state_.segments[i], {from, before, now}, producers));
  }
  segment.set_aborted(std::move(aborted), false);
  if (context_.ephemeral) return {};
  if (const auto written = segment.write_aborted(true); !written) {
    log::warning(written.error().message());
  }
  return {};
}

/// The log may not end before the start that was promised: records below it are gone for good, and
/// their offsets are not given out again.
Result<void> Recovery::apply_log_start() {
  const auto first =
      state_.segments.empty() ? options_.log_start : state_.segments.front()->base_offset();
  state_.log_start = std::max(options_.log_start, first);
  if (state_.end.offset >= state_.log_start || state_.damage) {
    state_.log_start = std::min(state_.log_start, state_.end.offset);
    return {};
  }
  for (const auto& segment : state_.segments) TRY(fs_.remove_file(segment->path(kLogSuffix)));
  state_.segments.clear();
  state_.end = {state_.log_start, state_.log_start, 0};
  state_.producers.clear();
  return {};
}

/// A compaction that the last run had begun. What cannot be told to be the old or the new state is
/// damage.
Result<void> Recovery::settle_compaction() {
  auto settled = storage::settle_compaction(fs_, directory_);
  if (settled || settled.error().kind() != ErrorKind::kBadInput) return settled;
  compaction_damage_ = settled.error().message();
  return {};
}

Result<LogState> Recovery::run() {
  TRY(settle_compaction());
  TRY(find_segments());
  TRY(remove_leftovers());
  TRY(drop_below_log_start());
  TRY(open_segments());
  TRY(read_epochs());
  state_.directory_exists = true;
  if (const auto missing = missing_segment()) {
    state_.damage = DamagePoint{{options_.mark->offset, options_.mark->segment, 0}, *missing};
  }
  if (!compaction_damage_.empty()) {
    const auto first = bases_.empty() ? options_.log_start : bases_.front();
    state_.damage = DamagePoint{{first, first, 0}, compaction_damage_};
  }
  choose_what_is_read_whole();
  TRY(check_sealed());
  TRY(recover_tail(fs_, context_.handles, tail_options(), options_.log_start, state_));
  TRY(restore_producers());
  TRY(apply_log_start());
  if (state_.damage) {
    log::error(fmt::format("{} is served up to offset {} and read-only: {}",
                           options_.partition.to_string(), state_.damage->at.offset,
                           state_.damage->reason));
  }
  if (!options_.clean && !context_.ephemeral) {
    TRY(fs_.sync_directory(directory_));
    TRY(fs_.sync_directory(context_.data_directory));
  }
  return std::move(state_);
}

}  // namespace

Result<LogState> recover_log(LogContext& context, const RecoveryOptions& options) {
  return Recovery(context, options).run();
}

}  // namespace kreel::storage
