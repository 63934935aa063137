#include <array>
#include <condition_variable>
#include <mutex>

#include "storage/limits.hpp"
#include "storage/meta_properties.hpp"
#include "support/captured_log.hpp"
#include "support/faulty_file_system.hpp"
#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::LogFixture;
using Values = std::vector<std::string>;

TEST_CASE("manager: a data directory has one owner") {
  LogFixture fixture;
  fixture.open();
  const auto second =
      storage::LogManager::open(fixture.fs_, fixture.clock_, fixture.random_, fixture.options_);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind() == ErrorKind::kRefused);
}

TEST_CASE("manager: ids are made once and kept") {
  LogFixture fixture;
  fixture.open();
  const auto cluster = fixture.manager_->cluster_id();
  const auto directory = fixture.manager_->directory_id();
  CHECK(cluster.size() == 22);
  CHECK_FALSE(directory.is_zero());
  fixture.restart();
  CHECK(fixture.manager_->cluster_id() == cluster);
  CHECK(fixture.manager_->directory_id() == directory);
}

TEST_CASE("manager: another node's directory is refused") {
  LogFixture fixture;
  fixture.open();
  fixture.close();
  fixture.options_.node_id = 2;
  const auto other =
      storage::LogManager::open(fixture.fs_, fixture.clock_, fixture.random_, fixture.options_);
  REQUIRE_FALSE(other);
  CHECK(other.error().kind() == ErrorKind::kRefused);
  CHECK_FALSE(other.error().hint().empty());
}

TEST_CASE(
    "manager: a new directory gets the cluster id that is asked for, an old one keeps its own") {
  LogFixture fixture;
  fixture.options_.cluster_id = "4L6g3nShT-eMCtK--X86sw";
  fixture.open();
  CHECK(fixture.manager_->cluster_id() == "4L6g3nShT-eMCtK--X86sw");
  fixture.restart();
  fixture.close();
  fixture.options_.cluster_id = "another";
  const auto other =
      storage::LogManager::open(fixture.fs_, fixture.clock_, fixture.random_, fixture.options_);
  REQUIRE_FALSE(other);
  CHECK(other.error().kind() == ErrorKind::kRefused);
  fixture.options_.cluster_id.clear();
  fixture.open();
  CHECK(fixture.manager_->cluster_id() == "4L6g3nShT-eMCtK--X86sw");
}

TEST_CASE("manager: the clean marker is gone before the first log opens (redpanda#10492)") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.manager_->stop();
  CHECK(fixture.exists("/data/.kafka_cleanshutdown"));
  fixture.crash();
  CHECK_FALSE(fixture.exists("/data/.kafka_cleanshutdown"));
  fixture.crash();
  CHECK_FALSE(fixture.manager_->last_stop_was_clean());
}

TEST_CASE("manager: a stop leaves Kafka's checkpoints") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a", "b"});
  REQUIRE(fixture.log_->delete_records_before(1) == ErrorCode::NONE);
  fixture.append({"c"});
  fixture.manager_->stop();
  const storage::TopicPartition orders{"orders", 0};
  const auto read = [&](const char* name) {
    const auto offsets = storage::read_offset_checkpoint(fixture.fs_, std::string("/data/") + name);
    REQUIRE(offsets);
    return offsets->at(orders);
  };
  CHECK(read("recovery-point-offset-checkpoint") == 3);
  CHECK(read("replication-offset-checkpoint") == 3);
  CHECK(read("log-start-offset-checkpoint") == 1);
}

TEST_CASE("manager: a stop ends the time index of the active segment, as Kafka's does") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a", "b"});
  fixture.manager_->stop();
  CHECK(fixture.content("/data/orders-0/00000000000000000000.timeindex").size() ==
        storage::TimeEntry::kBytes);
}

TEST_CASE("manager: checkpoints come by themselves every minute") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.manager_->run_due_work();
  CHECK_FALSE(fixture.exists("/data/recovery-point-offset-checkpoint"));
  fixture.clock_.advance_ms(60'000);
  fixture.manager_->run_due_work();
  CHECK(fixture.exists("/data/recovery-point-offset-checkpoint"));
}

TEST_CASE("manager: a deleted log answers KAFKA_STORAGE_ERROR and its files go later") {
  LogFixture fixture;
  auto& log = fixture.open();
  fixture.append_durably({"a"});
  REQUIRE(fixture.manager_->delete_logs({{"orders", 0}}));
  CHECK_FALSE(fixture.exists("/data/orders-0"));
  CHECK(fixture.append({"b"}).error == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(fixture.read(0).error == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(log.delete_records_before(1) == ErrorCode::KAFKA_STORAGE_ERROR);
  const auto has_leftover = [&] {
    const auto names = *fixture.fs_.list("/data");
    return std::ranges::any_of(names, [](const auto& name) { return name.ends_with("-delete"); });
  };
  CHECK(has_leftover());
  fixture.clock_.advance_ms(60'000);
  fixture.manager_->run_due_work();
  CHECK_FALSE(has_leftover());
  fixture.topic_id_.bytes[0] = std::byte{9};
  fixture.log_ = fixture.open_partition("orders");
  CHECK(fixture.append_durably({"c"}).base_offset == 0);
}

TEST_CASE("manager: what an earlier run was deleting is removed") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  REQUIRE(fixture.manager_->delete_logs({{"orders", 0}}));
  fixture.crash();
  fixture.manager_->run_due_work();
  const auto names = *fixture.fs_.list("/data");
  CHECK(std::ranges::none_of(names, [](const auto& name) { return name.ends_with("-delete"); }));
}

TEST_CASE("manager: a log that is opened twice is the same") {
  LogFixture fixture;
  fixture.open();
  CHECK(fixture.open_partition("orders") == fixture.log_);
}

TEST_CASE("manager: many logs are recovered at once, in the order of the requests") {
  LogFixture fixture;
  fixture.open();
  std::vector<storage::LogManager::OpenRequest> requests;
  for (int i = 0; i < 40; ++i) {
    const auto topic = "t" + std::to_string(i);
    fixture.log_ = fixture.open_partition(topic);
    fixture.append(Values(static_cast<std::size_t>(i + 1), "v"));
    requests.push_back({{topic, 0}, fixture.topic_id_, fixture.config_, 0});
  }
  fixture.manager_->run_pending();
  fixture.close();
  fixture.options_.recovery_threads = 4;
  fixture.open();
  const auto logs = fixture.manager_->open_logs(requests);
  REQUIRE(logs);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK((*logs)[i]->topic_partition() == requests[i].partition);
    CHECK((*logs)[i]->offsets().high_watermark == static_cast<Offset>(i + 1));
  }
}

TEST_CASE("manager: a clean stop puts several logs away at once, and leaves all of them durable") {
  LogFixture fixture;
  test::FaultyFileSystem fs(fixture.clock_);
  auto opened =
      storage::DiskLogManager::open(fs, fixture.clock_, fixture.random_, fixture.options_);
  REQUIRE(opened);
  fixture.manager_ = std::move(*opened);
  std::vector<std::string> topics;
  for (int i = 0; i < 8; ++i) topics.push_back("t" + std::to_string(i));
  for (const std::string& topic : topics) {
    fixture.log_ = fixture.open_partition(topic);
    fixture.append(Values{"a", "b"});
  }
  fixture.manager_->start();

  std::mutex mutex;
  std::condition_variable entered;
  int at_once = 0;
  bool waited_in_vain = false;
  fs.set_hook([&](const test::Op& op) {
    if (op.kind != test::OpKind::kSync || op.path.find("kreel-producers") == std::string::npos) {
      return;
    }
    std::unique_lock lock(mutex);
    ++at_once;
    entered.notify_all();
    const bool met = entered.wait_for(lock, std::chrono::seconds(60), [&] { return at_once >= 2; });
    waited_in_vain = waited_in_vain || !met;
  });
  fixture.manager_->stop();
  fs.set_hook(nullptr);
  CHECK(at_once == 8);
  CHECK_FALSE(waited_in_vain);
  fixture.close();

  auto again = storage::DiskLogManager::open(fs, fixture.clock_, fixture.random_, fixture.options_);
  REQUIRE(again);
  fixture.manager_ = std::move(*again);
  CHECK(fixture.manager_->last_stop_was_clean());
  for (const std::string& topic : topics) {
    fixture.log_ = fixture.open_partition(topic);
    CHECK(fixture.all_values() == Values{"a", "b"});
  }
}

TEST_CASE("manager: a full disk is told, and told again when there is room") {
  LogFixture fixture;
  fixture.open();
  CHECK_FALSE(fixture.manager_->disk_is_full());
  fixture.fs_.set_free_space({storage::kFreeSpaceSoftBytes - 1, 1ULL << 40U});
  fixture.clock_.advance_ms(storage::kDiskSpaceCheckMs);
  fixture.manager_->run_due_work();
  CHECK(fixture.manager_->disk_is_full());
  // The reserve, which was not taken yet, needs room, too.
  fixture.fs_.set_free_space({storage::kFreeSpaceSoftBytes + storage::kReserveBytes, 1ULL << 40U});
  fixture.clock_.advance_ms(10'000);
  fixture.manager_->run_due_work();
  CHECK_FALSE(fixture.manager_->disk_is_full());
}

TEST_CASE("manager: on a small disk the soft mark and the reserve are 5 percent each") {
  LogFixture fixture;
  fixture.fs_.set_free_space({4 << 20, 32 << 20});
  fixture.open();
  CHECK_FALSE(fixture.manager_->disk_is_full());
  fixture.close();
  fixture.fs_.set_free_space({3 << 20, 32 << 20});
  fixture.open();
  CHECK(fixture.manager_->disk_is_full());
}

TEST_CASE("manager: an ephemeral directory leaves no marker, no marks and no checkpoints") {
  LogFixture fixture;
  fixture.options_.ephemeral = true;
  auto& log = fixture.open();
  fixture.append({"a"});
  CHECK(log.offsets().high_watermark == 1);
  fixture.manager_->run_pending();
  fixture.manager_->stop();
  for (const auto* name : {"/data/.kafka_cleanshutdown", "/data/kreel-durable-marks",
                           "/data/recovery-point-offset-checkpoint"}) {
    CHECK_FALSE(fixture.exists(name));
  }
}

TEST_CASE("manager: a start behind a failed sync does not trust the clean marker") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.manager_->stop();
  fixture.close();
  REQUIRE(fixture.fs_.open("/data/kreel-sync-failed", fs::OpenMode::kCreateOrOpen));
  fixture.open();
  CHECK_FALSE(fixture.manager_->last_stop_was_clean());
  CHECK(fixture.all_values() == Values{"a"});
  fixture.manager_->stop();
  CHECK_FALSE(fixture.exists("/data/kreel-sync-failed"));
}

TEST_CASE("manager: a failure that cannot be noted for the next start is in the log") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  SeededRandom random(1);
  test::ManualClock clock;
  storage::LogManagerOptions options;
  options.directory = "/data";
  options.recovery_threads = 1;
  auto manager = storage::DiskLogManager::open(fs, clock, random, options);
  REQUIRE(manager);
  const auto log = (*manager)->open_log({"orders", 0}, {}, {}, 0);
  REQUIRE(log);
  auto batch = test::make_batch({"a"});
  REQUIRE((*log)->append(batch, storage::AppendOrigin::kClient).error == ErrorCode::NONE);
  test::Fault failed_sync;
  failed_sync.kind = test::OpKind::kSync;
  failed_sync.path_contains = ".log";
  fs.inject(failed_sync);
  test::Fault no_note;
  no_note.kind = test::OpKind::kCreate;
  no_note.path_contains = "kreel-sync-failed";
  fs.inject(no_note);
  const test::CapturedLog lines;
  (*manager)->run_pending();
  CHECK_FALSE(fs.exists("/data/kreel-sync-failed"));
  CHECK(lines.count_of("the next start does not know that the storage failed") == 1);
}

TEST_CASE("manager: producers expire by the wall clock, also over a restart") {
  LogFixture fixture;
  auto* log = &fixture.open();
  test::BatchOptions options;
  options.producer_id = 3;
  options.producer_epoch = 0;
  options.base_sequence = 0;
  fixture.append_durably({"a"}, options);
  log = &fixture.restart();
  REQUIRE(log->producers().size() == 1);
  CHECK(log->producers()[0].last_sequence == 0);
  fixture.clock_.advance_ms(86'400'000 - 1);
  fixture.manager_->run_maintenance();
  CHECK(log->producers().size() == 1);
  fixture.clock_.advance_ms(600'000 - 1);
  fixture.manager_->run_maintenance();
  CHECK(log->producers().size() == 1);
  fixture.clock_.advance_ms(1);
  fixture.manager_->run_maintenance();
  CHECK(log->producers().empty());
}
