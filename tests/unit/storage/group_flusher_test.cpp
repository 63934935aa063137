#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "storage/sync_workers.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temp_directory.hpp"
#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::LogFixture;

namespace {

/// Counts the posts that come, beside what they do.
class CountingExecutor final : public Executor {
 public:
  void post(Task task) override {
    ++posts;
    tasks.push_back(std::move(task));
  }
  TimerId schedule_after_ms(std::int64_t, Task) override { return 1; }
  void cancel(TimerId) override {}
  bool is_current() const override { return true; }
  void run_all() {
    for (auto& task : tasks) task();
    tasks.clear();
  }
  int posts = 0;
  std::vector<Task> tasks;
};

class Listener final : public storage::HighWatermarkListener {
 public:
  void high_watermark_moved(storage::Log& log) override {
    moves.push_back(log.offsets().high_watermark);
  }
  std::vector<Offset> moves;
};

std::vector<storage::DurableTarget> target(const LogFixture& fixture, Offset end) {
  return {{fixture.log_, end}};
}

}  // namespace

TEST_CASE("flusher: with flush=commit an ack waits until its record is on disk") {
  LogFixture fixture;
  fixture.open();
  fixture.append({"a"});
  std::vector<bool> acks;
  fixture.manager_->flusher().await_durable(target(fixture, 1), fixture.executor_,
                                            [&](bool durable) { acks.push_back(durable); });
  fixture.executor_.run_ready();
  CHECK(acks.empty());
  fixture.manager_->run_pending();
  CHECK(fixture.log_->offsets().high_watermark == 1);
  fixture.executor_.run_ready();
  CHECK(acks == std::vector<bool>{true});
}

TEST_CASE("flusher: what must be on disk waits for it in every flush mode") {
  for (const auto mode :
       {storage::FlushMode::kCommit, storage::FlushMode::kInterval, storage::FlushMode::kOs}) {
    LogFixture fixture(mode);
    fixture.open();
    fixture.append({"a"});
    for (const Offset end : {1, 1}) {
      bool done = false;
      fixture.manager_->flusher().await_on_disk(target(fixture, end), fixture.executor_,
                                                [&](bool on_disk) { done = on_disk; });
      fixture.executor_.run_ready();
      CHECK(done == (fixture.log_->durable_end() >= end));
      fixture.manager_->run_pending();
      fixture.executor_.run_ready();
      CHECK(done);
      CHECK(fixture.log_->durable_end() == 1);
    }
  }
}

TEST_CASE("flusher: what is durable already, or never waits, is posted at once") {
  for (const auto mode :
       {storage::FlushMode::kCommit, storage::FlushMode::kInterval, storage::FlushMode::kOs}) {
    LogFixture fixture(mode);
    fixture.open();
    fixture.append({"a"});
    if (mode == storage::FlushMode::kCommit) fixture.manager_->run_pending();
    bool done = false;
    fixture.manager_->flusher().await_durable(target(fixture, 1), fixture.executor_,
                                              [&](bool durable) { done = durable; });
    CHECK_FALSE(done);
    fixture.executor_.run_ready();
    CHECK(done);
  }
}

TEST_CASE("flusher: one round makes one post per executor, in the order of the calls") {
  LogFixture fixture;
  fixture.open();
  CountingExecutor first;
  CountingExecutor second;
  std::vector<int> order;
  for (int i = 0; i < 6; ++i) {
    const auto end = fixture.append({"a"}).last_offset + 1;
    fixture.manager_->flusher().await_durable(target(fixture, end), i % 2 == 0 ? first : second,
                                              [&order, i](bool) { order.push_back(i); });
  }
  fixture.manager_->run_pending();
  CHECK(first.posts == 1);
  CHECK(second.posts == 1);
  first.run_all();
  second.run_all();
  CHECK(order == std::vector<int>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("flusher: an ack for several partitions waits for all of them") {
  LogFixture fixture;
  fixture.open();
  const auto other = fixture.open_partition("other");
  fixture.append({"a"});
  bool done = false;
  fixture.manager_->flusher().await_durable({{fixture.log_, 1}, {other, 1}}, fixture.executor_,
                                            [&](bool) { done = true; });
  fixture.manager_->run_pending();
  fixture.executor_.run_ready();
  CHECK_FALSE(done);
  auto batch = test::make_batch({"b"});
  other->append(batch, storage::AppendOrigin::kClient);
  fixture.manager_->run_pending();
  fixture.executor_.run_ready();
  CHECK(done);
}

TEST_CASE("flusher: work runs before its answer is posted") {
  LogFixture fixture;
  fixture.open();
  std::vector<int> order;
  fixture.manager_->flusher().run([&] { order.push_back(1); }, fixture.executor_,
                                  [&] { order.push_back(2); });
  CHECK(order.empty());
  fixture.manager_->run_pending();
  CHECK(order == std::vector<int>{1});
  fixture.executor_.run_ready();
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("flusher: the listener is told of logs that somebody watches, and only of them") {
  LogFixture fixture;
  auto& log = fixture.open();
  Listener listener;
  fixture.manager_->set_high_watermark_listener(&listener);
  fixture.append_durably({"a"});
  CHECK(listener.moves.empty());
  log.watch_bits() = 1;
  fixture.append_durably({"b"});
  CHECK(listener.moves == std::vector<Offset>{2});
  fixture.manager_->set_high_watermark_listener(nullptr);
}

TEST_CASE("flusher: a deleted log fails what waits for it") {
  LogFixture fixture;
  fixture.open();
  fixture.append({"a"});
  std::vector<bool> acks;
  fixture.manager_->flusher().await_durable(target(fixture, 1), fixture.executor_,
                                            [&](bool durable) { acks.push_back(durable); });
  REQUIRE(fixture.manager_->delete_logs({{"orders", 0}}));
  fixture.manager_->run_pending();
  fixture.executor_.run_ready();
  CHECK(acks == std::vector<bool>{false});
}

TEST_CASE("flusher: flush.messages and flush.ms sync with flush=os, nothing else does") {
  LogFixture fixture(storage::FlushMode::kOs);
  fixture.config_.flush_messages = 3;
  auto& log = fixture.open();
  fixture.append({"a"});
  fixture.append({"b"});
  fixture.manager_->run_pending();
  CHECK(log.durable_end() == 0);
  fixture.append({"c"});
  fixture.manager_->run_pending();
  CHECK(log.durable_end() == 3);

  auto config = fixture.config_;
  config.flush_messages = std::numeric_limits<std::int64_t>::max();
  config.flush_ms = 500;
  log.set_config(config);
  fixture.append({"d"});
  fixture.manager_->run_pending();
  CHECK(log.durable_end() == 3);
  fixture.clock_.advance_ms(500);
  fixture.manager_->run_pending();
  CHECK(log.durable_end() == 4);
}

TEST_CASE("flusher: an ack waits for the sync that flush.messages asks for, and for no other") {
  for (const auto mode : {storage::FlushMode::kInterval, storage::FlushMode::kOs}) {
    LogFixture fixture(mode);
    fixture.config_.flush_messages = 3;
    auto& log = fixture.open();
    const auto is_acked_at_once = [&](const storage::AppendResult& result) {
      const auto end = result.last_offset + 1;
      bool acked = false;
      fixture.manager_->flusher().await_durable(target(fixture, end), fixture.executor_,
                                                [&](bool durable) { acked = durable; });
      fixture.executor_.run_ready();
      const bool at_once = acked;
      CHECK(at_once == !result.awaits_sync);
      fixture.manager_->run_pending();
      fixture.executor_.run_ready();
      CHECK(acked);
      if (!at_once) CHECK(log.durable_end() >= end);
      return at_once;
    };
    CHECK(is_acked_at_once(fixture.append({"a"})));
    CHECK_FALSE(is_acked_at_once(fixture.append({"b", "c", "d"})));
    CHECK(is_acked_at_once(fixture.append({"e"})));
  }
}

TEST_CASE("flusher: a repeated batch waits for the sync that the first one has asked for") {
  LogFixture fixture(storage::FlushMode::kOs);
  fixture.config_.flush_messages = 1;
  fixture.open();
  const test::BatchOptions producer{.producer_id = 7, .producer_epoch = 0, .base_sequence = 0};
  CHECK(fixture.append({"a"}, producer).awaits_sync);
  const auto again = fixture.append({"a"}, producer);
  CHECK(again.duplicate);
  CHECK(again.awaits_sync);
  fixture.manager_->run_pending();
  CHECK_FALSE(fixture.append({"a"}, producer).awaits_sync);
}

TEST_CASE("flusher: with flush=interval the flusher's turn syncs") {
  LogFixture fixture(storage::FlushMode::kInterval);
  auto& log = fixture.open();
  fixture.append({"a"});
  CHECK(log.durable_end() == 0);
  fixture.manager_->run_pending();
  CHECK(log.durable_end() == 1);
}

TEST_CASE("flusher: after a failed sync nothing is acknowledged, and the broker is told once") {
  test::ManualClock clock;
  test::FaultyFileSystem fs(std::make_shared<fs::MemoryNode>(true), clock);
  SeededRandom random(1);
  storage::LogManagerOptions options;
  options.directory = "/data";
  auto manager = storage::DiskLogManager::open(fs, clock, random, options);
  REQUIRE(manager);
  int failures = 0;
  (*manager)->set_storage_failure_handler([&](const Error& error) {
    ++failures;
    CHECK(error.kind() == ErrorKind::kIo);
  });
  auto log = (*manager)->open_log({"orders", 0}, {}, {}, 0);
  REQUIRE(log);
  auto batch = test::make_batch({"a"});
  REQUIRE((*log)->append(batch, storage::AppendOrigin::kClient).error == ErrorCode::NONE);
  test::Fault fault;
  fault.kind = test::OpKind::kSync;
  fault.path_contains = ".log";
  fault.nth = 1;
  fs.inject(fault);
  test::ManualExecutor executor(clock);
  std::vector<bool> acks;
  const auto await = [&] {
    (*manager)->flusher().await_durable({{*log, 1}}, executor,
                                        [&](bool durable) { acks.push_back(durable); });
    (*manager)->run_pending();
    executor.run_ready();
  };
  await();
  await();
  CHECK(acks == std::vector<bool>{false, false});
  CHECK(failures == 1);
  auto next = test::make_batch({"b"});
  CHECK((*log)->append(next, storage::AppendOrigin::kClient).error ==
        ErrorCode::KAFKA_STORAGE_ERROR);
  (*manager)->stop();
  CHECK_FALSE(fs.exists("/data/.kafka_cleanshutdown"));
  CHECK(fs.exists("/data/kreel-sync-failed"));
}

TEST_CASE("sync workers: every item is done once, by several threads") {
  storage::SyncWorkers workers(4);
  workers.start();
  for (const std::size_t count : {0U, 1U, 2U, 3U, 50U}) {
    std::vector<std::atomic<int>> done(count);
    workers.for_each(count, [&](std::size_t i) { ++done[i]; });
    for (const auto& one : done) CHECK(one == 1);
  }
}

TEST_CASE("flusher: threads bring acks of many producers, on a real disk") {
  test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  SystemRandom random;
  storage::LogManagerOptions options;
  options.directory = directory / "data";
  constexpr int kPartitions = 4;
  constexpr int kBatches = 30;
  {
    auto manager = storage::LogManager::open(*fs, system_clock(), random, options);
    REQUIRE(manager);
    (*manager)->start();
    std::mutex mutex;
    std::condition_variable changed;
    int acks = 0;
    class Inline final : public Executor {
     public:
      void post(Task task) override { task(); }
      TimerId schedule_after_ms(std::int64_t, Task) override { return 1; }
      void cancel(TimerId) override {}
      bool is_current() const override { return false; }
    } executor;
    storage::LogConfig config;
    config.segment_bytes = 8192;
    std::vector<std::thread> producers;
    for (int p = 0; p < kPartitions; ++p) {
      auto log = (*manager)->open_log({"t", p}, {}, config, 0);
      REQUIRE(log);
      producers.emplace_back([&, log = *log] {
        for (int i = 0; i < kBatches; ++i) {
          test::BatchOptions at;
          at.timestamp = system_clock().wall_ms();
          auto batch = test::make_batch({std::string(1000, 'x')}, at);
          const auto result = log->append(batch, storage::AppendOrigin::kClient);
          std::unique_lock lock(mutex);
          const auto before = acks;
          lock.unlock();
          (*manager)->flusher().await_durable({{log, result.last_offset + 1}}, executor,
                                              [&](bool durable) {
                                                const std::lock_guard done(mutex);
                                                acks += durable ? 1 : 1000;
                                                changed.notify_all();
                                              });
          lock.lock();
          changed.wait_for(lock, std::chrono::seconds(5), [&] { return acks > before; });
        }
      });
    }
    for (auto& producer : producers) producer.join();
    std::unique_lock lock(mutex);
    CHECK(changed.wait_for(lock, std::chrono::seconds(10),
                           [&] { return acks == kPartitions * kBatches; }));
    lock.unlock();
    (*manager)->stop();
  }
  auto manager = storage::LogManager::open(*fs, system_clock(), random, options);
  REQUIRE(manager);
  CHECK((*manager)->last_stop_was_clean());
  auto log = (*manager)->open_log({"t", 1}, {}, {}, 0);
  REQUIRE(log);
  CHECK((*log)->offsets().high_watermark == kBatches);
  const auto read = (*log)->read({3, 1U << 20U, true, storage::Isolation::kReadUncommitted, false});
  REQUIRE(read.records.is_file());
  Bytes bytes(read.records.size_bytes());
  const auto file = std::static_pointer_cast<const fs::File>(read.records.owner());
  REQUIRE(file->read_at(bytes, read.records.position()));
  CHECK_FALSE(test::values_in(bytes, 3).empty());
  (*log)->warm(read.records);
}

TEST_CASE("sync workers: without a start the caller's thread does everything, in order") {
  storage::SyncWorkers workers(4);
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> order;
  workers.for_each(5, [&](std::size_t i) {
    std::unique_lock lock(mutex);
    order.push_back(i);
    changed.notify_all();
    // Time for another thread to take the next.
    const auto taken = [&] { return order.size() > 1; };
    if (i == 0) changed.wait_for(lock, std::chrono::milliseconds(200), taken);
    CHECK(order.back() == i);
  });
  CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE("flusher: what still waits when it ends is destroyed then, unanswered") {
  LogFixture fixture;
  fixture.open();
  CountingExecutor executor;
  storage::GroupFlusher flusher({}, false, nullptr, 1);
  const auto token = std::make_shared<int>(0);
  const auto wait_for_more = [&] {
    flusher.await_durable(target(fixture, 5), executor, [token](bool) {});
    flusher.run([] {}, executor, [token] {});
  };
  wait_for_more();
  CHECK(token.use_count() == 3);
  flusher.stop();
  flusher.drop_rest();
  CHECK(token.use_count() == 1);
  wait_for_more();
  CHECK(token.use_count() == 1);
  CHECK(executor.posts == 0);
}
