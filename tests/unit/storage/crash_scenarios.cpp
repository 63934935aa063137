#include "unit/storage/crash_scenarios.hpp"

#include <array>

namespace kreel::test {
namespace {

using storage::FlushMode;
using storage::LogConfig;

LogConfig large_segments() {
  auto config = small_segments();
  config.segment_bytes = 1 << 20;
  return config;
}

/// Values below, around and above a sector.
void append_some(CrashWorld& world, CrashRun& run, const std::string& topic) {
  const auto producer = static_cast<ProducerId>(1 + run.below(2));
  if (run.below(8) == 0) return world.append(topic, producer, 1, 900);
  world.append(topic, producer, static_cast<int>(1 + run.below(3)), run.below(200));
}

void append_many(CrashWorld& world, CrashRun& run, const std::string& topic, int batches) {
  for (int i = 0; i < batches; ++i) {
    append_some(world, run, topic);
    if (run.below(3) == 0) world.flush();
  }
}

void appends(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", large_segments());
  append_many(world, run, "t", 10);
  world.flush();
}

void groups(CrashWorld& world, CrashRun& run) {
  auto config = small_segments();
  config.index_interval_bytes = static_cast<std::int32_t>(200 + run.below(600));
  world.create_topic("t", config);
  for (int i = 0; i < 6; ++i) {
    const auto producer = static_cast<ProducerId>(1 + run.below(2));
    std::vector<int> records(1 + run.below(5));
    for (int& count : records) count = static_cast<int>(1 + run.below(2));
    world.append_group("t", producer, records, run.below(100));
    if (run.below(3) == 0) world.flush();
  }
  world.flush();
}

/// As the batch that the next life begins with: what lies behind a torn one then fits in
/// seamlessly.
void equal_batches(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", large_segments());
  for (int i = 0; i < 8; ++i) {
    world.append("t", 7, 2, 30);
    if (run.below(8) == 0) world.flush();
  }
}

void two_partitions(CrashWorld& world, CrashRun& run) {
  world.create_topic("a", large_segments());
  world.create_topic("b", large_segments());
  for (int i = 0; i < 8; ++i) append_many(world, run, run.below(2) == 0 ? "a" : "b", 1);
  world.flush();
}

void rolls(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", small_segments());
  append_many(world, run, "t", 16);
  world.flush();
}

void retention(CrashWorld& world, CrashRun& run) {
  auto config = small_segments();
  config.retention_bytes = 2'500;
  world.create_topic("t", config);
  for (int i = 0; i < 3; ++i) {
    append_many(world, run, "t", 8);
    world.flush();
    world.pass_time(300'001);
  }
  world.pass_time(config.file_delete_delay_ms + 1);
}

void delete_records(CrashWorld& world, CrashRun& run) {
  const auto config = small_segments();
  world.create_topic("t", config);
  for (int i = 0; i < 3; ++i) {
    append_many(world, run, "t", 7);
    world.flush();
    const auto end = static_cast<std::uint64_t>(world.end_of("t"));
    world.delete_records("t", static_cast<Offset>(end - run.below(end / 2)));
    world.pass_time(config.file_delete_delay_ms + 1);
  }
}

void topics_come_and_go(CrashWorld& world, CrashRun& run) {
  const auto config = small_segments();
  world.create_topic("a", config);
  world.create_topic("b", config);
  append_many(world, run, "a", 6);
  append_many(world, run, "b", 3);
  world.flush();
  world.delete_topic("a");
  append_many(world, run, "b", 2);
  world.create_topic("a", config);
  append_many(world, run, "a", 4);
  world.flush();
  world.pass_time(config.file_delete_delay_ms + 1);
  append_many(world, run, "a", 2);
  world.flush();
  world.delete_topic("a");
  world.pass_time(config.file_delete_delay_ms + 1);
}

void checkpoints(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", small_segments());
  for (int i = 0; i < 3; ++i) {
    append_many(world, run, "t", 5);
    world.pass_time(60'001);
  }
}

void clean_stops(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", small_segments());
  for (int i = 0; i < 3; ++i) {
    append_many(world, run, "t", 4);
    world.stop();
    if (run.below(2) == 0) world.crash_now(2);
    world.open();
    if (!world.is_open()) return;
    world.resend_batches();
  }
  append_many(world, run, "t", 2);
  world.flush();
}

void recovery(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", run.below(2) == 0 ? small_segments() : large_segments());
  append_many(world, run, "t", 8);
  auto next = world.power_failure();
  next->open();
  if (!next->is_open()) return;
  next->resend_batches();
  append_many(*next, run, "t", 2);
  next->flush();
}

void kills(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", small_segments());
  for (int i = 0; i < 3; ++i) {
    append_many(world, run, "t", 5);
    world.die();
    world.open();
    if (!world.is_open()) return;
    world.resend_batches();
  }
}

/// Four producers whose transactions overlap; some stay open.
void some_transactions(CrashWorld& world, CrashRun& run, const std::string& topic, int steps) {
  for (int i = 0; i < steps; ++i) {
    const auto first = run.below(2) == 0 ? kFirstTransactional : kFirstWithEpochs;
    const auto producer = first + static_cast<ProducerId>(run.below(2));
    switch (run.below(5)) {
      case 0:
        world.end_txn(topic, producer, true);
        break;
      case 1:
        world.end_txn(topic, producer, false);
        break;
      case 2:
        append_some(world, run, topic);
        break;
      default:
        world.append_in_txn(topic, producer, static_cast<int>(1 + run.below(3)));
    }
    if (run.below(4) == 0) world.flush();
  }
}

void transactions(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", large_segments());
  some_transactions(world, run, "t", 24);
  world.flush();
}

void transactions_over_rolls(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", small_segments());
  some_transactions(world, run, "t", 40);
  world.flush();
}

/// Snapshots of the producers in the middle of a segment: the list of aborted transactions beside
/// one is on disk before the batches that it tells of are.
void transactions_beside_snapshots(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", large_segments());
  some_transactions(world, run, "t", 48);
  world.flush();
}

void transactions_over_stops(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", small_segments());
  for (int i = 0; i < 3; ++i) {
    some_transactions(world, run, "t", 14);
    if (run.below(2) == 0) {
      world.die();
    } else {
      world.stop();
    }
    if (run.below(2) == 0) world.crash_now(2);
    world.open();
    if (!world.is_open()) return;
    world.resend_batches();
  }
  some_transactions(world, run, "t", 4);
  world.flush();
}

void transactions_deleted(CrashWorld& world, CrashRun& run) {
  const auto config = small_segments();
  world.create_topic("t", config);
  for (int i = 0; i < 3; ++i) {
    some_transactions(world, run, "t", 14);
    world.flush();
    const auto end = static_cast<std::uint64_t>(world.end_of("t"));
    world.delete_records("t", static_cast<Offset>(end - run.below(end / 2)));
    world.pass_time(config.file_delete_delay_ms + 1);
  }
}

LogConfig compacted() {
  auto config = small_segments();
  config.cleanup_delete = false;
  config.cleanup_compact = true;
  config.min_cleanable_dirty_ratio = 0;
  config.delete_retention_ms = 2'000;
  return config;
}

void compaction(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", compacted());
  for (int i = 0; i < 3; ++i) {
    append_many(world, run, "t", 8);
    if (run.below(4) != 0) world.flush();
    world.compact();
    world.pass_time(static_cast<std::int64_t>(run.below(4'000)));
  }
}

/// Segments that a first compaction has made small are replaced together by the next one.
void compaction_of_several(CrashWorld& world, CrashRun& run) {
  auto config = compacted();
  config.segment_bytes = 700;
  world.create_topic("t", config);
  for (int i = 0; i < 3; ++i) {
    for (int batch = 0; batch < 8; ++batch) world.append("t", 1, 2, 60 + run.below(60));
    world.flush();
    world.compact();
  }
}

void compaction_and_retention(CrashWorld& world, CrashRun& run) {
  auto config = compacted();
  config.cleanup_delete = true;
  config.retention_bytes = 4'000;
  world.create_topic("t", config);
  for (int i = 0; i < 3; ++i) {
    append_many(world, run, "t", 8);
    world.flush();
    const auto end = static_cast<std::uint64_t>(world.end_of("t"));
    if (run.below(2) == 0) world.delete_records("t", static_cast<Offset>(run.below(end)));
    world.compact();
    world.pass_time(300'001);
  }
}

void compaction_between_clean_stops(CrashWorld& world, CrashRun& run) {
  world.create_topic("t", compacted());
  for (int i = 0; i < 2; ++i) {
    append_many(world, run, "t", 8);
    world.flush();
    world.compact();
    world.stop();
    world.open();
    if (!world.is_open()) return;
    world.resend_batches();
    world.compact();
  }
}

void compacted_transactions(CrashWorld& world, CrashRun& run) {
  auto config = compacted();
  config.delete_retention_ms = 500;
  world.create_topic("t", config);
  for (int i = 0; i < 12; ++i) {
    world.append_in_txn("t", kFirstTransactional, 2);
    world.end_txn("t", kFirstTransactional, run.below(4) != 0);
  }
  for (int i = 0; i < 3; ++i) {
    some_transactions(world, run, "t", 14);
    world.flush();
    world.compact();
    world.pass_time(static_cast<std::int64_t>(run.below(2'000)));
  }
  world.compact();
}

constexpr storage::FlushPolicy kCommit{FlushMode::kCommit, 0};
constexpr storage::FlushPolicy kInterval{FlushMode::kInterval, 50};
constexpr storage::FlushPolicy kOs{FlushMode::kOs, 0};
constexpr std::uint64_t kSnapshotsOften = 700;

constexpr std::array kScenarios{
    CrashScenario{"appends", appends, kCommit},
    CrashScenario{"groups", groups, kCommit},
    CrashScenario{"equal batches", equal_batches, kCommit},
    CrashScenario{"two partitions", two_partitions, kCommit},
    CrashScenario{"rolls", rolls, kCommit},
    CrashScenario{"retention", retention, kCommit},
    CrashScenario{"delete records", delete_records, kCommit},
    CrashScenario{"topics come and go", topics_come_and_go, kCommit},
    CrashScenario{"checkpoints", checkpoints, kCommit},
    CrashScenario{"clean stops", clean_stops, kCommit},
    CrashScenario{"recovery", recovery, kCommit},
    CrashScenario{"kills", kills, kCommit},
    CrashScenario{"transactions", transactions, kCommit},
    CrashScenario{"transactions over rolls", transactions_over_rolls, kCommit},
    CrashScenario{"transactions over stops", transactions_over_stops, kCommit},
    CrashScenario{"transactions deleted", transactions_deleted, kCommit},
    CrashScenario{"transactions over rolls, flush=os", transactions_over_rolls, kOs},
    CrashScenario{"transactions beside snapshots, flush=os", transactions_beside_snapshots, kOs,
                  kSnapshotsOften},
    CrashScenario{"compaction", compaction, kCommit},
    CrashScenario{"compaction of several", compaction_of_several, kCommit},
    CrashScenario{"compaction and retention", compaction_and_retention, kCommit},
    CrashScenario{"compaction between clean stops", compaction_between_clean_stops, kCommit},
    CrashScenario{"compacted transactions", compacted_transactions, kCommit},
    CrashScenario{"compaction, flush=os", compaction, kOs},
    CrashScenario{"rolls, flush=interval", rolls, kInterval},
    CrashScenario{"rolls, flush=os", rolls, kOs},
    CrashScenario{"recovery, flush=os", recovery, kOs},
    CrashScenario{"clean stops, flush=os", clean_stops, kOs},
};

}  // namespace

storage::LogConfig small_segments() {
  LogConfig config;
  config.segment_bytes = 1'500;
  config.segment_index_bytes = 1'024;
  config.index_interval_bytes = 200;
  config.retention_ms = -1;
  config.file_delete_delay_ms = 1'000;
  return config;
}

std::span<const CrashScenario> crash_scenarios() {
  return kScenarios;
}

}  // namespace kreel::test
