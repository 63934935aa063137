#include "unit/storage/crash_world.hpp"

#include <algorithm>

namespace kreel::test {
namespace {

using protocol::ErrorCode;
using storage::TopicPartition;

constexpr const char* kDirectory = "/data";
constexpr int kDepthMax = 3;
/// A nested world crashes once: at one of its first operations, or at the end of what it does.
constexpr std::uint64_t kNestedOps = 70;

}  // namespace

CrashWorld::CrashWorld(CrashRun& run, std::string name)
    : CrashWorld(run, std::move(name), std::make_shared<fs::MemoryNode>(true), {}, ManualClock(),
                 0) {
  crash_at_op_ = 0;
}

CrashWorld::CrashWorld(CrashRun& run, std::string name, Node image, DirectoryModel model,
                       const ManualClock& clock, int depth)
    : run_(run),
      name_(std::move(name)),
      depth_(depth),
      clock_(clock.wall_ms()),
      ids_(run.seed + run.states),
      fs_(std::move(image), clock_),
      model_(std::move(model)),
      next_value_(run.states * 1000) {
  if (depth < kDepthMax) crash_at_op_ = 1 + run.below(2 * kNestedOps);
  fs_.set_hook([this](const Op& op) { before_op(op); });
}

CrashWorld::~CrashWorld() {
  in_hook_ = true;  // no crash while things are torn down
}

void CrashWorld::violation(const std::string& text) {
  run_.violations.push_back(name_ + " (seed " + std::to_string(run_.seed) + "): " + text);
}

/// What clients can see without asking the disk becomes part of the promise.
void CrashWorld::observe() {
  executor_.run_ready();
  for (const auto& [name, log] : logs_) {
    const auto found = model_.partitions.find(name);
    if (found == model_.partitions.end()) continue;
    const auto offsets = log->offsets();
    auto& seen = found->second;
    seen.visible_end = std::max(seen.visible_end, offsets.high_watermark);
    seen.stable_end = std::max(seen.stable_end, offsets.last_stable);
    seen.log_start_seen = std::max(seen.log_start_seen, offsets.log_start);
  }
}

void CrashWorld::before_op(const Op& op) {
  if (in_hook_ || run_.is_over() || !changes_state(op.kind)) return;
  const bool now = crash_often_ ? run_.below(run_.one_op_in) == 0
                                : crash_at_op_ != 0 && op.number >= crash_at_op_;
  if (!now) return;
  crash_at_op_ = 0;
  in_hook_ = true;
  observe();
  const auto where =
      "op " + std::to_string(op.number) + " " + std::string(name_of(op.kind)) + " " + op.path;
  crash_into(depth_ == 0 ? run_.images_per_op : 1, where);
  in_hook_ = false;
}

void CrashWorld::crash_now(std::size_t samples) {
  in_hook_ = true;
  observe();
  crash_into(samples, "end");
  in_hook_ = false;
}

void CrashWorld::crash_into(std::size_t samples, const std::string& where) {
  auto choices = fs_.crash_choices(run_.dice, samples);
  while (choices.size() > samples) {
    choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(run_.below(choices.size())));
  }
  for (const auto& choice : choices) boot_and_check(choice, where);
}

void CrashWorld::boot_and_check(const CrashChoice& choice, const std::string& where) {
  if (run_.is_over()) return;
  ++run_.states;
  auto model = model_;
  const bool kill_only = std::ranges::all_of(choice.fates, [](Fate f) { return f == Fate::kKept; });
  if (run_.flush.mode != storage::FlushMode::kCommit && !kill_only) model.drop_promises();
  CrashWorld next(run_, name_ + " > " + where, fs_.crash_image(choice), std::move(model), clock_,
                  depth_ + 1);
  const auto before = run_.violations.size();
  next.open();
  if (next.is_open() && !run_.is_over()) next.go_on();
  if (run_.violations.size() > before) run_.violations.back() += "\n    " + fs_.describe(choice);
}

std::unique_ptr<CrashWorld> CrashWorld::power_failure() {
  observe();
  const auto choices = fs_.crash_choices(run_.dice, 8);
  const auto& choice = choices[run_.below(choices.size())];
  auto model = model_;
  if (run_.flush.mode != storage::FlushMode::kCommit) model.drop_promises();
  auto next = std::make_unique<CrashWorld>(run_, name_ + " > power failure",
                                           fs_.crash_image(choice), std::move(model), clock_, 0);
  next->crash_at_ops();
  return next;
}

/// The first steps of a broker's next life.
void CrashWorld::go_on() {
  resend_batches();
  for (const auto& [name, expected] : model_.partitions) append(name.topic, 7, 2, 30);
  if (run_.below(2) == 0) commit_what_is_open();
  flush();
  pass_time(1'500);
  compact();
  check_logs();
  if (crash_at_op_ > kNestedOps) crash_now(1);
}

void CrashWorld::open() {
  const auto phase = model_.phase;
  if (phase != Phase::kRunning) model_.phase = Phase::kOpening;
  storage::LogManagerOptions options;
  options.directory = kDirectory;
  options.flush = run_.flush;
  options.producer_save_bytes = run_.producer_save_bytes;
  // Enough, but for the reserve, whose files would only multiply the states.
  fs_.set_free_space({storage::kFreeSpaceSoftBytes, 1ULL << 40U});
  auto opened = storage::DiskLogManager::open(fs_, clock_, ids_, options);
  if (!opened) {
    if (!faults_expected_) violation("open: " + opened.error().message());
    return;
  }
  manager_ = std::move(*opened);
  manager_->set_log_start_saver([this](const storage::OffsetsByPartition& starts) {
    for (const auto& [name, log_start] : starts) {
      const auto found = model_.partitions.find(name);
      if (found == model_.partitions.end()) continue;
      auto& saved = found->second;
      saved.log_start_saved = std::max(saved.log_start_saved, log_start);
      saved.log_start_asked = std::max(saved.log_start_asked, log_start);
    }
    return Result<void>{};
  });
  manager_->set_storage_failure_handler([this](const Error& error) {
    storage_failed_ = true;
    if (!faults_expected_) violation("storage failed: " + error.message());
  });
  check_clean_mark(phase);
  for (auto& [name, expected] : model_.partitions) {
    if (!open_log(name, expected)) return die();
  }
}

bool CrashWorld::open_log(const TopicPartition& name, PartitionModel& expected) {
  auto log = manager_->open_log(name, expected.topic_id, expected.config, expected.log_start_saved);
  if (!log) {
    if (!faults_expected_) violation("open_log " + name.to_string() + ": " + log.error().message());
    return false;
  }
  logs_[name] = std::move(*log);
  check_log(name, expected, true);
  return true;
}

void CrashWorld::die() {
  logs_.clear();
  manager_.reset();
}

void CrashWorld::stop() {
  model_.phase = Phase::kStopping;
  manager_->stop();
  observe();
  if (!storage_failed_) model_.phase = Phase::kStopped;
  die();
}

void CrashWorld::create_topic(const std::string& topic, const storage::LogConfig& config) {
  PartitionModel created;
  created.topic_id = Uuid::random(ids_);
  created.config = config;
  const TopicPartition name{topic, 0};
  auto& expected = model_.partitions[name] = std::move(created);
  open_log(name, expected);
}

void CrashWorld::delete_topic(const std::string& topic) {
  const TopicPartition name{topic, 0};
  model_.partitions.erase(name);
  logs_.erase(name);
  const auto deleted = manager_->delete_logs({name});
  if (!deleted && !faults_expected_) violation("delete_logs: " + deleted.error().message());
}

/// What the next record carries; in a compacted log behind one of a few keys, the last of which are
/// rare, and at times nothing.
std::string CrashWorld::new_text(PartitionModel& expected, Offset offset, const std::string& prefix,
                                 const std::string& suffix) {
  const auto text = prefix + std::to_string(next_value_++) + suffix;
  if (!expected.config.cleanup_compact) return text;
  const auto key = "k" + std::to_string(std::min(run_.below(6), run_.below(6))) + "|";
  if (run_.below(4) != 0) return key + text;
  expected.tombstones[offset] = clock_.wall_ms();
  return key + "-";
}

/// A batch on its way: it may be in the log before anybody says so.
SentBatch CrashWorld::send(const std::string& topic, ProducerId producer, Offset base_offset,
                           int records, std::size_t value_bytes) {
  auto& expected = partition(topic);
  auto& sent_before = expected.producers[producer];
  SentBatch sent;
  if (!sent_before.empty()) {
    sent.base_sequence = sent_before.back().base_sequence + sent_before.back().count;
  }
  sent.count = records;
  sent.base_offset = base_offset;
  for (int i = 0; i < records; ++i) {
    auto value = new_text(expected, base_offset + i, topic + "#", "|");
    const bool is_tombstone = value.ends_with("|-");
    const auto size = is_tombstone ? value.size() : std::max(value.size(), value_bytes);
    value.resize(size, static_cast<char>('a' + next_value_ % 26));
    expected.written[base_offset + i].push_back(value);
    sent.values.push_back(std::move(value));
  }
  sent_before.push_back(sent);
  return sent;
}

void CrashWorld::append(const std::string& topic, ProducerId producer, int records,
                        std::size_t value_bytes) {
  append_group(topic, producer, {records}, value_bytes);
}

void CrashWorld::append_group(const std::string& topic, ProducerId producer,
                              const std::vector<int>& records, std::size_t value_bytes) {
  const auto& expected = partition(topic);
  std::vector<SentBatch> sent;
  std::vector<Bytes> batches;
  Offset next = expected.end;
  for (const int count : records) {
    sent.push_back(send(topic, producer, next, count, value_bytes));
    batches.push_back(
        make_batch(sent.back(), producer, clock_.wall_ms(), expected.config.cleanup_compact));
    next += count;
  }
  std::vector<storage::GroupedBatch> group;
  for (auto& batch : batches) group.push_back({batch});
  logs_.at({topic, 0})->append_group(group);
  for (std::size_t i = 0; i < group.size(); ++i) {
    note_append(topic, producer, sent[i], group[i].result);
  }
}

void CrashWorld::note_append(const std::string& topic, ProducerId producer, const SentBatch& sent,
                             const storage::AppendResult& result) {
  auto& expected = partition(topic);
  if (result.error != ErrorCode::NONE) {
    std::erase_if(expected.producers[producer], [&](const SentBatch& batch) {
      return batch.base_sequence == sent.base_sequence;
    });
    ++refused_;
    if (!faults_expected_) violation("append: " + result.error_message);
    return;
  }
  if (result.base_offset != expected.end || result.duplicate) {
    violation("append to " + topic + " was given offset " + std::to_string(result.base_offset) +
              " instead of " + std::to_string(expected.end));
    return;
  }
  model_.phase = Phase::kRunning;
  expected.end += sent.count;
}

void CrashWorld::flush() {
  for (const auto& [name, log] : logs_) {
    const auto end = model_.partitions.at(name).end;
    const auto id = model_.partitions.at(name).topic_id;
    manager_->flusher().await_durable({{log, end}}, executor_, [this, name, end, id](bool durable) {
      const auto found = model_.partitions.find(name);
      if (found == model_.partitions.end() || found->second.topic_id != id) return;
      if (durable) {
        found->second.acknowledged_end = std::max(found->second.acknowledged_end, end);
      } else {
        ++refused_;
        if (!faults_expected_) violation("not durable: " + name.to_string());
      }
    });
  }
  manager_->run_pending();
  observe();
}

void CrashWorld::pass_time(std::int64_t ms) {
  clock_.advance_ms(ms);
  manager_->run_pending();
  manager_->run_maintenance();
  observe();
}

void CrashWorld::compact() {
  manager_->compact();
  observe();
}

void CrashWorld::delete_records(const std::string& topic, Offset before) {
  auto& expected = partition(topic);
  expected.log_start_asked = std::max(expected.log_start_asked, before);
  const auto error = logs_.at({topic, 0})->delete_records_before(before);
  if (error == ErrorCode::NONE) {
    expected.log_start_seen = std::max(expected.log_start_seen, before);
  } else if (!faults_expected_) {
    violation("delete_records: error " + std::to_string(static_cast<int>(error)));
  }
}

}  // namespace kreel::test
