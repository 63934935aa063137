#include "storage/disk_reserve.hpp"

#include "support/captured_log.hpp"
#include "support/full_disk.hpp"
#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using storage::DiskReserve;
using storage::kReserveParts;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;
constexpr const char* kReserveDirectory = "/data";

struct ManagerOnFullDisk {
  ManagerOnFullDisk() { REQUIRE(disk.fs.make_directory(kReserveDirectory)); }
  std::unique_ptr<storage::DiskLogManager> open(bool ephemeral = false) {
    storage::LogManagerOptions options;
    options.directory = kReserveDirectory;
    options.ephemeral = ephemeral;
    options.recovery_threads = 1;
    auto manager = storage::DiskLogManager::open(disk.fs, clock, random, options);
    REQUIRE_MESSAGE(manager.has_value(), manager.error().message());
    return std::move(*manager);
  }
  int parts() { return disk.reserve_parts(kReserveDirectory); }

  test::ManualClock clock;
  SeededRandom random{5};
  test::FullDisk disk{clock};
};

}  // namespace

TEST_CASE("reserve: the smaller of 64 MiB and a twentieth of the file system") {
  CHECK(DiskReserve::wanted_bytes({0, 100'000 * kMiB}) == 64 * kMiB);
  CHECK(DiskReserve::wanted_bytes({0, 100 * kMiB}) == 5 * kMiB);
}

TEST_CASE("reserve: its files are not taken for a partition") {
  CHECK_FALSE(storage::parse_partition_directory(std::string(storage::kReservePrefix) + "0"));
}

TEST_CASE("reserve: is taken where enough stays free, and given up part by part") {
  test::FullDisk disk;
  REQUIRE(disk.fs.make_directory(kReserveDirectory));
  DiskReserve reserve(disk.fs, kReserveDirectory);
  const fs::FreeSpace tight{1'000 * kMiB + 64 * kMiB - 1, 100'000 * kMiB};
  reserve.refill(tight, 1'000 * kMiB);
  CHECK(disk.reserve_parts(kReserveDirectory) == 0);
  CHECK_FALSE(reserve.give_up_part());
  reserve.refill({tight.available_bytes + 1, tight.total_bytes}, 1'000 * kMiB);
  CHECK(disk.reserve_parts(kReserveDirectory) == kReserveParts);
  CHECK(disk.fs.op_count(test::OpKind::kPreallocate) == kReserveParts);
  for (int left = kReserveParts - 1; left >= 0; --left) {
    CHECK(reserve.give_up_part());
    CHECK(disk.reserve_parts(kReserveDirectory) == left);
  }
  CHECK_FALSE(reserve.give_up_part());
}

TEST_CASE("reserve: a disk that has less room than it says is left alone") {
  test::FullDisk disk;
  REQUIRE(disk.fs.make_directory(kReserveDirectory));
  DiskReserve reserve(disk.fs, kReserveDirectory);
  disk.fs.inject({.kind = test::OpKind::kPreallocate,
                  .cause = test::FaultCause::kNoSpace,
                  .nth = 3,
                  .sticky = true});
  reserve.refill({1'000 * kMiB, 1'000 * kMiB}, 0);
  CHECK(disk.reserve_parts(kReserveDirectory) == 2);
  disk.fs.clear_faults();
  reserve.refill({1'000 * kMiB, 1'000 * kMiB}, 0);
  CHECK(disk.reserve_parts(kReserveDirectory) == kReserveParts);
}

TEST_CASE("reserve: a start on a full disk gives it up before recovery") {
  ManagerOnFullDisk f;
  {
    const auto manager = f.open();
    CHECK(f.parts() == 0);  // no start waits for it
    manager->run_maintenance();
    CHECK(f.parts() == kReserveParts);
  }
  {
    const auto manager = f.open();
    manager->run_maintenance();
    CHECK(f.parts() == kReserveParts);
  }
  f.disk.fs.set_free_space({0, 1ULL << 40U});
  const auto manager = f.open();
  CHECK(manager->disk_is_full());
  CHECK(f.parts() == 0);
  // What it gave up is not for clients.
  f.disk.fs.set_free_space(
      {storage::kFreeSpaceSoftBytes + storage::kReserveBytes - 1, 1ULL << 40U});
  manager->run_maintenance();
  CHECK(manager->disk_is_full());
}

TEST_CASE("reserve: an ephemeral directory has none") {
  ManagerOnFullDisk f;
  const auto manager = f.open(true);
  manager->run_maintenance();
  CHECK(f.parts() == 0);
}

TEST_CASE("full disk: a new partition's first files wait for room, and no log fails") {
  ManagerOnFullDisk f;
  const auto manager = f.open();
  const auto log = manager->open_log({"orders", 0}, {}, {}, 0);
  REQUIRE(log.has_value());
  test::ManualExecutor executor(f.clock);
  auto batch = test::make_batch({"a"});
  REQUIRE((*log)->append(batch, storage::AppendOrigin::kClient).error == protocol::ErrorCode::NONE);
  std::vector<bool> acks;
  manager->flusher().await_durable({{*log, 1}}, executor,
                                   [&](bool durable) { acks.push_back(durable); });
  f.disk.fill(0);
  manager->run_pending();
  executor.run_ready();
  CHECK(acks.empty());
  CHECK((*log)->offsets().high_watermark == 0);
  f.disk.empty();
  manager->run_pending();
  executor.run_ready();
  CHECK(acks == std::vector<bool>{true});
  CHECK((*log)->offsets().high_watermark == 1);
}

TEST_CASE("full disk: the log says what makes room, and a stop in one line what is not saved") {
  ManagerOnFullDisk f;
  const auto manager = f.open();
  test::ManualExecutor executor(f.clock);
  for (const char* topic : {"a", "b", "c"}) {
    const auto log = manager->open_log({topic, 0}, {}, {}, 0);
    REQUIRE(log.has_value());
    auto batch = test::make_batch({"value"});
    REQUIRE((*log)->append(batch, storage::AppendOrigin::kClient).error ==
            protocol::ErrorCode::NONE);
  }
  manager->run_pending();
  const test::CapturedLog log;
  f.disk.fill(0);
  f.clock.advance_ms(storage::kDiskSpaceCheckMs);
  manager->run_maintenance();
  CHECK(log.count_of("kreel topics trim") == 1);
  const auto before = log.lines().size();
  manager->stop();
  CHECK(log.count_of("indexes of 3 logs are not saved") == 1);
  // That, the checkpoints, and that the stop was not a clean one.
  CHECK(log.lines().size() <= before + 3);
}
