#include "storage/recovery_tail.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"

namespace kreel::storage {
namespace {

constexpr Offset kRelativeOffsetMax = std::numeric_limits<std::int32_t>::max();

class Tail {
 public:
  Tail(fs::FileSystem& fs, HandleCache& handles, const TailOptions& options, Offset log_start,
       LogState& state)
      : fs_(fs), handles_(handles), options_(options), log_start_(log_start), state_(state) {}

  Result<void> run();

 private:
  struct Scan {
    Offset next_offset = 0;
    std::uint64_t position = 0;
    ScanEnd end = ScanEnd::kNotYet;
    bool is_whole() const { return end == ScanEnd::kLimit; }
  };
  Result<Scan> scan(const fs::File& file, Segment& segment, std::uint64_t from, std::uint64_t limit,
                    Offset expected, BatchScanner::Check check);
  Result<Scan> walk_trusted(const fs::File& file, Segment& segment, std::uint64_t trusted);
  Result<void> trust_last();
  Result<void> check_from(std::size_t first);
  Result<bool> check_segment(Segment& segment, bool may_cut);
  Result<void> take_in_unnamed();
  Result<void> settle(Segment& segment, std::uint64_t from);
  void keep_torn(const fs::File& file, const std::string& name, std::uint64_t from,
                 std::uint64_t to);
  void set_damage(const Segment& segment, const Scan& scan, std::uint64_t position);
  Result<void> end_behind_damage();
  std::size_t first_unproven() const;
  bool is_torn(const Scan& scan, std::uint64_t size) const;

  fs::FileSystem& fs_;
  HandleCache& handles_;
  const TailOptions& options_;
  const Offset log_start_;
  LogState& state_;
  bool was_cut_ = false;
};

/// Walks [from, limit) and counts every batch into the segment's indexes.
Result<Tail::Scan> Tail::scan(const fs::File& file, Segment& segment, std::uint64_t from,
                              std::uint64_t limit, Offset expected, BatchScanner::Check check) {
  BatchScanner scanner(file, from, limit, check);
  Scan result{expected, from, ScanEnd::kNotYet};
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) {
      result.end = scanner.end();
      return result;
    }
    const auto relative = found->header.last_offset() - segment.base_offset();
    if (found->header.base_offset < result.next_offset || relative > kRelativeOffsetMax) {
      result.end = ScanEnd::kBadHeader;
      return result;
    }
    segment.note_batch(found->header, found->position, options_.index_interval_bytes);
    state_.epochs.assign(found->header.partition_leader_epoch, found->header.base_offset);
    result.next_offset = found->header.last_offset() + 1;
    result.position = scanner.position();
  }
}

/// Loads the indexes below `trusted` and walks the headers from the last entry to it. A walk that
/// does not end there is tried again from the front, for the index may be wrong.
Result<Tail::Scan> Tail::walk_trusted(const fs::File& file, Segment& segment,
                                      std::uint64_t trusted) {
  const auto base = segment.base_offset();
  if (options_.read_last_whole) {
    TRY(segment.load_indexes_below(0));
    return scan(file, segment, 0, trusted, base, BatchScanner::Check::kCrc);
  }
  TRY_ASSIGN(const auto from, segment.load_indexes_below(trusted));
  TRY_ASSIGN(auto walk, scan(file, segment, from, trusted, base, BatchScanner::Check::kHeaders));
  if (walk.is_whole() || from == 0) return walk;
  TRY(segment.load_indexes_below(0));
  return scan(file, segment, 0, trusted, base, BatchScanner::Check::kHeaders);
}

void Tail::set_damage(const Segment& segment, const Scan& scan, std::uint64_t position) {
  state_.damage = DamagePoint{
      {scan.next_offset, segment.base_offset(), position},
      fmt::format("{}: {} at byte {}", segment.path(kLogSuffix), to_string(scan.end), position)};
}

/// After a clean stop the last segment is only walked from its last index entry.
Result<void> Tail::trust_last() {
  auto& segment = *state_.segments.back();
  TRY_ASSIGN(const auto file, segment.file());
  const auto size = segment.size_bytes();
  TRY_ASSIGN(const auto walk, walk_trusted(*file, segment, size));
  if (!walk.is_whole()) {
    set_damage(segment, walk, walk.position);
    return {};
  }
  state_.end = {walk.next_offset, segment.base_offset(), size};
  return {};
}

std::size_t Tail::first_unproven() const {
  const auto& segments = state_.segments;
  auto proven = options_.all_but_last_are_synced ? segments.back()->base_offset()
                                                 : segments.front()->base_offset();
  if (options_.recovery_point) proven = std::max(proven, *options_.recovery_point);
  if (options_.mark) proven = std::max(proven, options_.mark->segment);
  const auto after = std::ranges::upper_bound(
      segments, proven, {}, [](const auto& segment) { return segment->base_offset(); });
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - segments.begin(), 1) - 1);
}

bool Tail::is_torn(const Scan& scan, std::uint64_t size) const {
  // A header that was torn after its length has zero for its version. Only Kafka's logs can hold
  // batches that really are that old, and those are not cut off.
  const bool may_be_old = scan.end == ScanEnd::kOldFormat && !options_.all_but_last_are_synced;
  return !may_be_old && size - scan.position <= options_.window_bytes;
}

void Tail::keep_torn(const fs::File& file, const std::string& name, std::uint64_t from,
                     std::uint64_t to) {
  const auto keep = from + std::min(to - from, kTornBytesKeptMax);
  const auto path = fs::join(options_.directory, name + std::string(kTornSuffix));
  const auto copy = [&]() -> Result<void> {
    TRY_ASSIGN(const auto target, fs_.open(path, fs::OpenMode::kCreateOrOpen));
    TRY(target->truncate(0));
    return fs::copy_range(file, from, keep, *target, 0);
  };
  if (const auto copied = copy(); !copied) {
    // The bytes were never acknowledged; a full disk must not keep the log from starting.
    log::warning("cut bytes are not kept: " + copied.error().message());
    static_cast<void>(fs_.remove_file(path));
  }
}

/// Checks one segment from what is proven of it; cuts it when `may_cut`. False when the log ends in
/// it: it was cut or damaged.
Result<bool> Tail::check_segment(Segment& segment, bool may_cut) {
  TRY_ASSIGN(const auto file, segment.file());
  const auto size = segment.size_bytes();
  const auto base = segment.base_offset();
  const bool marked = options_.mark && options_.mark->segment == base;
  const auto proven = marked && !KREEL_BUG("truncate_in_the_middle") ? options_.mark->position : 0;
  const auto trusted = std::min(proven, size);
  TRY_ASSIGN(const auto walk, walk_trusted(*file, segment, trusted));
  state_.end = {walk.next_offset, base, walk.position};
  if (!walk.is_whole() || size < proven) {
    set_damage(segment, walk, walk.position);
    return false;
  }
  TRY_ASSIGN(const auto rest,
             scan(*file, segment, trusted, size, walk.next_offset, BatchScanner::Check::kCrc));
  state_.end = {rest.next_offset, base, rest.position};
  if (!rest.is_whole()) {
    if (!may_cut || !is_torn(rest, size)) {
      set_damage(segment, rest, rest.position);
      return false;
    }
    log::warning(fmt::format("{}: {} at byte {}: {} bytes after offset {} are cut",
                             segment.path(kLogSuffix), to_string(rest.end), rest.position,
                             size - rest.position, rest.next_offset));
    keep_torn(*file, fmt::format("{}-{}", segment_file_name(base, kLogSuffix), rest.position),
              rest.position, size);
    if (!KREEL_BUG("keep_torn_tail")) TRY(file->truncate(rest.position));
    segment.set_size_bytes(rest.position);
    was_cut_ = true;
  }
  TRY(settle(segment, trusted));
  return rest.is_whole();
}

/// What was accepted of the segment goes to the disk (KAFKA-10101).
Result<void> Tail::settle(Segment& segment, std::uint64_t from) {
  TRY_ASSIGN(const auto file, segment.file());
  const auto size = segment.size_bytes();
  if (size > from && size - from <= options_.rewrite_max_bytes) {
    TRY(fs::copy_range(*file, from, size, *file, from));
  }
  if (options_.sync) TRY(file->sync_data());
  segment.set_synced_bytes(size);
  if (const auto written = segment.write_indexes(options_.sync); !written) {
    log::warning(written.error().message());
  }
  return {};
}

Result<void> Tail::check_from(std::size_t first) {
  for (auto i = first; i < state_.segments.size(); ++i) {
    auto& segment = *state_.segments[i];
    const bool is_last = i + 1 == state_.segments.size();
    TRY_ASSIGN(const bool goes_on, check_segment(segment, is_last));
    if (!goes_on) return {};
    if (!is_last) {
      segment.seal();
      if (const auto written = segment.write_indexes(options_.sync); !written) {
        log::warning(written.error().message());
      }
    }
  }
  return {};
}

/// Segments whose predecessor was not on disk when the last run ended: those that continue the log
/// get their names, the rest is kept as torn bytes.
Result<void> Tail::take_in_unnamed() {
  TRY_ASSIGN(const auto names, fs_.list(options_.directory));
  std::multimap<Offset, std::string> unnamed;
  for (const auto& name : names) {
    if (!name.starts_with(kNextPrefix) || name.ends_with(kTornSuffix)) continue;
    TRY_ASSIGN(const auto file, fs_.open(fs::join(options_.directory, name), fs::OpenMode::kRead));
    std::array<std::byte, protocol::kBatchHeaderBytes> bytes{};
    TRY_ASSIGN(const auto count, file->read_at(bytes, 0));
    const auto header = protocol::read_batch_header(ByteView(bytes).first(count));
    unnamed.emplace(header ? header->base_offset : -1, name);
  }
  while (!was_cut_) {
    const auto next = unnamed.find(state_.end.offset);
    if (next == unnamed.end()) break;
    const auto base = next->first;
    auto segment = std::make_shared<Segment>(fs_, handles_, options_.directory, base);
    TRY(fs_.rename(fs::join(options_.directory, next->second), segment->path(kLogSuffix)));
    if (options_.sync) TRY(fs_.sync_directory(options_.directory));
    TRY_ASSIGN(const auto file, segment->file());
    TRY_ASSIGN(const auto size, file->size_bytes());
    segment->set_size_bytes(size);
    if (!state_.segments.empty()) state_.segments.back()->seal();
    state_.segments.push_back(segment);
    unnamed.erase(next);
    TRY(check_segment(*segment, true));
    if (state_.damage) return {};
  }
  for (const auto& [base, name] : unnamed) {
    const auto path = fs::join(options_.directory, name);
    {
      TRY_ASSIGN(const auto file, fs_.open(path, fs::OpenMode::kRead));
      TRY_ASSIGN(const auto size, file->size_bytes());
      if (size > 0) {
        log::warning(fmt::format("{}: {} bytes that continue no log are set aside", path, size));
        keep_torn(*file, name, 0, size);
      }
    }
    TRY(fs_.remove_file(path));
  }
  return {};
}

/// A damaged log keeps its length: fetches inside answer CORRUPT_MESSAGE, and no offset of it is
/// given out again.
Result<void> Tail::end_behind_damage() {
  auto end = state_.damage->at.offset + 1;
  if (options_.mark) end = std::max(end, options_.mark->offset);
  if (state_.segments.empty()) {
    state_.end = {end, end, 0};
    return {};
  }
  auto& last = *state_.segments.back();
  TRY_ASSIGN(const auto found, end_of_segment(last));
  state_.end = {std::max(end, found.next_offset), last.base_offset(), last.size_bytes()};
  return {};
}

Result<void> Tail::run() {
  auto& segments = state_.segments;
  if (segments.empty()) {
    state_.end = {log_start_, log_start_, 0};
  } else if (!state_.damage) {
    if (options_.clean) {
      TRY(trust_last());
    } else {
      TRY(check_from(first_unproven()));
    }
  }
  if (!state_.damage) TRY(take_in_unnamed());
  if (state_.damage) TRY(end_behind_damage());
  return {};
}

Result<SegmentEnd> walk_to_end(Segment& segment, std::uint64_t from, BatchScanner::Check check) {
  const auto size = segment.size_bytes();
  SegmentEnd end{size > 0, segment.base_offset(), 0, ScanEnd::kCut};
  TRY_ASSIGN(const auto file, segment.file());
  BatchScanner scanner(*file, from, size, check);
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) break;
    end.next_offset = found->header.last_offset() + 1;
  }
  end.position = scanner.position();
  end.reason = size == 0 ? ScanEnd::kCut : scanner.end();
  end.is_whole = size > 0 && scanner.end() == ScanEnd::kLimit;
  return end;
}

}  // namespace

Result<SegmentEnd> end_of_segment(Segment& segment) {
  TRY_ASSIGN(const auto from, segment.batch_start_before(segment.size_bytes()));
  return walk_to_end(segment, from, BatchScanner::Check::kHeaders);
}

Result<SegmentEnd> check_whole_segment(Segment& segment) {
  return walk_to_end(segment, 0, BatchScanner::Check::kCrc);
}

Result<void> recover_tail(fs::FileSystem& fs, HandleCache& handles, const TailOptions& options,
                          Offset log_start, LogState& state) {
  return Tail(fs, handles, options, log_start, state).run();
}

}  // namespace kreel::storage
