// Every call to the file system fails, once or for ever, in each way that it can.
#include <doctest/doctest.h>

#include "unit/storage/crash_scenarios.hpp"

using namespace kreel;
using test::Fault;
using test::FaultCause;
using test::OpKind;
using test::SyncFailure;

namespace {

constexpr std::size_t kImages = 3;

/// Appends, rolls, a record deletion and a checkpoint; ends early when the directory cannot be
/// opened at all.
void live(test::CrashWorld& world) {
  world.open();
  if (!world.is_open()) return;
  world.create_topic("t", test::small_segments());
  for (int i = 0; i < 12; ++i) {
    world.append("t", 1 + i / 4, 2, 150);
    if (i % 3 == 2) world.flush();
  }
  world.delete_records("t", world.end_of("t") / 2);
  world.pass_time(60'001);
  world.append("t", 5, 1, 20);
  world.flush();
}

/// A log that is compacted, twice.
void live_compacted(test::CrashWorld& world) {
  world.open();
  if (!world.is_open()) return;
  auto config = test::small_segments();
  config.cleanup_delete = false;
  config.cleanup_compact = true;
  config.min_cleanable_dirty_ratio = 0;
  config.delete_retention_ms = 0;
  world.create_topic("t", config);
  for (int i = 0; i < 16; ++i) {
    world.append("t", 1 + i / 4, 2, 150);
    if (i % 2 == 1) world.flush();
    if (i % 8 == 7) world.compact();
  }
  world.append("t", 5, 1, 20);
  world.flush();
}

using Life = void (*)(test::CrashWorld& world);

std::uint64_t count_ops(OpKind kind, Life life) {
  test::CrashRun run(1);
  test::CrashWorld world(run, "count");
  life(world);
  REQUIRE(run.violations.empty());
  return world.fs().op_count(kind);
}

struct Outcome {
  bool fault_was_hit = false;
  bool storage_failed = false;
  bool refused = false;
};

Outcome run_with(const Fault& fault, Life life) {
  test::CrashRun run(1);
  test::CrashWorld world(run, "fault " + std::string(name_of(*fault.kind)) + " #" +
                                  std::to_string(fault.nth) + (fault.sticky ? "+" : ""));
  world.expect_faults();
  world.fs().inject(fault);
  life(world);
  Outcome outcome{world.fs().fault_count() > 0, world.storage_failed(),
                  world.something_was_refused()};
  world.fs().clear_faults();
  // The process ends and a new one starts; only then does the power fail.
  world.crash_now(kImages);
  if (world.is_open()) {
    world.die();
    world.open();
    CHECK(world.is_open());
    world.crash_now(kImages);
  }
  for (const auto& text : run.violations) MESSAGE(text);
  CHECK(run.violations.empty());
  return outcome;
}

void fail_each(OpKind kind, FaultCause cause, Life life) {
  const auto count = count_ops(kind, life);
  for (const bool sticky : {false, true}) {
    for (std::uint64_t nth = 1; nth <= count; ++nth) {
      Fault fault;
      fault.kind = kind;
      fault.cause = cause;
      fault.nth = nth;
      fault.sticky = sticky;
      run_with(fault, life);
    }
  }
}

constexpr OpKind kKinds[] = {OpKind::kOpen,          OpKind::kCreate,   OpKind::kRead,
                             OpKind::kWrite,         OpKind::kTruncate, OpKind::kPreallocate,
                             OpKind::kSync,          OpKind::kStatus,   OpKind::kList,
                             OpKind::kMakeDirectory, OpKind::kRename,   OpKind::kRemove,
                             OpKind::kSyncDirectory, OpKind::kLock};

}  // namespace

TEST_CASE("errors: any call answers EIO, and nothing that was acknowledged is lost") {
  for (const auto life : {live, live_compacted}) {
    for (const auto kind : kKinds) fail_each(kind, FaultCause::kIo, life);
  }
}

TEST_CASE("errors: the disk is full at any call, and nothing that was acknowledged is lost") {
  for (const auto life : {live, live_compacted}) {
    for (const auto kind : {OpKind::kCreate, OpKind::kWrite, OpKind::kPreallocate,
                            OpKind::kMakeDirectory, OpKind::kRename}) {
      fail_each(kind, FaultCause::kNoSpace, life);
    }
    fail_each(OpKind::kWrite, FaultCause::kShortWrite, life);
  }
}

TEST_CASE("errors: descriptors run out at any call, and nothing that was acknowledged is lost") {
  for (const auto kind : {OpKind::kOpen, OpKind::kCreate, OpKind::kList, OpKind::kSyncDirectory}) {
    fail_each(kind, FaultCause::kTooManyFiles, live);
    fail_each(kind, FaultCause::kTooManyFiles, live_compacted);
  }
}

TEST_CASE("errors: after a failed sync of a log nothing is acknowledged and the broker is told") {
  for (const auto mode : {SyncFailure::kCleanNewContent, SyncFailure::kCleanOldContent,
                          SyncFailure::kStillDirty, SyncFailure::kOnNextCall}) {
    for (std::uint64_t nth = 1; nth <= 4; ++nth) {
      Fault fault;
      fault.kind = OpKind::kSync;
      fault.path_contains = ".log";
      fault.nth = nth;
      fault.sync = mode;
      const auto outcome = run_with(fault, live);
      CHECK(outcome.fault_was_hit);
      if (mode == SyncFailure::kOnNextCall) continue;
      CHECK(outcome.storage_failed);
      CHECK(outcome.refused);
    }
  }
}
