#include "sim/node.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "broker/group_service.hpp"
#include "broker/transaction_service.hpp"
#include "catalog/internal_topics.hpp"

namespace kreel::sim {
namespace {

constexpr const char* kDirectory = "/data";
/// Few, so that closed ones are read, too.
constexpr std::size_t kOpenSegmentsMax = 8;
/// How long the disk's threads may be kept from running.
constexpr std::int64_t kDiskPauseMs = 20;
/// The other threads, too.
constexpr std::int64_t kThreadPauseMs = 10;
constexpr std::int64_t kStepsBetweenStalls = 30;

}  // namespace

Node::Node(World& world, NodeOptions options)
    : world_(world),
      options_(std::move(options)),
      fs_(std::make_unique<test::FaultyFileSystem>(world.clock())) {
  for (int i = 0; i <= options_.io_threads; ++i) {
    threads_.push_back(std::make_unique<SimThread>(world_));
  }
  static_cast<void>(fs_->make_directory(kDirectory));
  static_cast<void>(fs_->sync_directory("/"));
}

Node::~Node() {
  end_life(nullptr);
}

bool Node::boot() {
  ++life_;
  storage_failed_ = false;
  disk_due_ms_ = world_.now_ms();
  if (open()) {
    world_.trace(fmt::format("up, life {}", life_));
    return true;
  }
  end_life(fs_->image_after_kill());
  return false;
}

bool Node::open() {
  auto resolved = catalog::resolve_broker_config(options_.settings);
  if (!resolved) {
    world_.violation("settings: " + resolved.error().message());
    return false;
  }
  config_ = resolved->config;
  storage::LogManagerOptions options;
  options.directory = kDirectory;
  options.flush = {options_.flush, options_.flush_interval_ms};
  options.node_id = config_.node_id;
  options.open_segments_max = kOpenSegmentsMax;
  options.recovery_threads = 1;
  options.retention_check_interval_ms = 5'000;
  options.producer_id_check_interval_ms = 5'000;
  options.checkpoint_interval_ms = 3'000;
  const auto refused = [this](const Error& error) {
    if (fs_->fault_count() == 0) world_.violation("start: " + error.message());
    world_.trace("start refused: " + error.message());
    return false;
  };
  auto logs = storage::LogManager::open(*fs_, world_.clock(), world_.dice(), options);
  if (!logs) return refused(logs.error());
  logs_ = std::move(*logs);
  logs_->set_storage_failure_handler([this](const Error& error) {
    world_.trace("storage failed: " + error.message());
    if (fs_->fault_count() == 0) world_.violation("storage failed: " + error.message());
    storage_failed_ = true;
  });
  auto catalog = catalog::Catalog::open(*fs_, *logs_, world_.dice(), config_.set_by_user);
  if (!catalog) return refused(catalog.error());
  catalog_ = std::move(*catalog);
  logs_->set_log_start_saver([this](const storage::OffsetsByPartition& starts) {
    return catalog_->save_log_starts(starts);
  });
  std::vector<broker::IoThread*> io;
  for (std::size_t i = 0; i + 1 < threads_.size(); ++i) {
    io_.push_back(std::make_unique<broker::IoThread>(i, *threads_[i]));
    io.push_back(io_.back().get());
  }
  broker_ =
      std::make_unique<broker::Broker>(broker::Broker::Dependencies{.config = config_,
                                                                    .catalog = *catalog_,
                                                                    .logs = *logs_,
                                                                    .clock = world_.clock(),
                                                                    .random = world_.dice(),
                                                                    .io_threads = std::move(io),
                                                                    .reader = *threads_.back()});
  broker_->set_listeners({catalog::Listener{}});
  for (const catalog::NewTopic& topic : catalog::internal_topics(config_)) {
    if (catalog_->snapshot()->find(topic.name) != nullptr) continue;
    const auto created = catalog_->create_topics({topic});
    const auto& result = created.front().result;
    if (!result.ok()) return refused(Error(ErrorKind::kIo, result.message));
  }
  broker_->groups().load();
  broker_->transactions().load();
  return true;
}

void Node::end_life(test::Node image) {
  ++life_;
  const auto at_death = std::move(at_death_);
  at_death_.clear();
  for (const auto& tell : at_death) tell();
  for (auto& thread : threads_) thread->clear();
  broker_.reset();
  for (auto& thread : threads_) thread->clear();
  io_.clear();
  catalog_.reset();
  logs_.reset();
  for (auto& thread : threads_) thread->clear();
  frozen_.reset();
  if (image) fs_ = std::make_unique<test::FaultyFileSystem>(std::move(image), world_.clock());
}

void Node::stop() {
  if (!is_up()) return;
  world_.trace("stop");
  logs_->stop();
  end_life(fs_->image_after_kill());
}

void Node::kill() {
  world_.trace("kill -9");
  end_life(fs_->image_after_kill());
}

test::Node Node::crash_image() {
  const auto choices = fs_->crash_choices(world_.dice(), 6);
  const auto& choice =
      choices[static_cast<std::size_t>(world_.below(static_cast<std::int64_t>(choices.size())))];
  world_.trace("power failure: " + fs_->describe(choice));
  return fs_->crash_image(choice);
}

void Node::lose_power() {
  end_life(frozen_ ? frozen_ : crash_image());
}

void Node::lose_power_at_op(std::uint64_t operations) {
  const auto last = fs_->op_count() + operations;
  fs_->set_hook([this, last](const test::Op& op) {
    if (op.number >= last && !frozen_) frozen_ = crash_image();
  });
}

bool Node::step() {
  if (!is_up()) return false;
  std::vector<SimThread*> ready;
  for (auto& thread : threads_) {
    if (thread->has_work()) ready.push_back(thread.get());
  }
  const bool disk_is_due = world_.now_ms() >= disk_due_ms_;
  const auto count = static_cast<std::int64_t>(ready.size());
  if (count == 0 && !disk_is_due) return false;
  const std::int64_t chosen = world_.below(count + (disk_is_due ? 1 : 0));
  if (chosen < count) {
    SimThread& thread = *ready[static_cast<std::size_t>(chosen)];
    thread.run_one();
    if (world_.one_in(kStepsBetweenStalls)) thread.stall_ms(world_.between(1, kThreadPauseMs));
    return true;
  }
  logs_->run_due_work();
  disk_due_ms_ = world_.now_ms() + world_.between(1, world_.one_in(10) ? kDiskPauseMs : 3);
  return true;
}

std::int64_t Node::next_due_ms() const {
  if (!is_up()) return std::numeric_limits<std::int64_t>::max();
  std::int64_t next = disk_due_ms_;
  for (const auto& thread : threads_) next = std::min(next, thread->next_due_ms());
  return next;
}

}  // namespace kreel::sim
