#include <doctest/doctest.h>

#include <chrono>
#include <set>

#include "base/log.hpp"
#include "catalog/catalog.hpp"
#include "fs/memory_file_system.hpp"
#include "protocol/record_batch.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

using namespace kreel;
using catalog::Catalog;
using catalog::NewTopic;
using protocol::ErrorCode;

namespace {

constexpr const char* kDirectory = "/data";

NewTopic topic(const std::string& name, std::int32_t partitions = 1,
               catalog::ConfigMap configs = {}) {
  return {.name = name,
          .partition_count = partitions,
          .configs = std::move(configs),
          .is_internal = false};
}

/// A log manager and a catalog on any file system; a second one on it is a restart.
struct Running {
  explicit Running(fs::FileSystem& fs, std::uint64_t seed = 1,
                   const catalog::ConfigMap& static_config = {})
      : random(seed) {
    storage::LogManagerOptions options;
    options.directory = kDirectory;
    options.recovery_threads = 1;
    auto opened = storage::LogManager::open(fs, clock, random, options);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message());
    logs = std::move(*opened);
    auto catalog_opened = Catalog::open(fs, *logs, random, static_config);
    REQUIRE_MESSAGE(catalog_opened.has_value(), catalog_opened.error().message());
    catalog = std::move(*catalog_opened);
  }

  std::shared_ptr<const catalog::Topic> find(std::string_view name) const {
    return catalog->snapshot()->find(name);
  }
  void create(NewTopic wanted) const {
    const auto created = catalog->create_topics({std::move(wanted)});
    REQUIRE_MESSAGE(created.front().result.ok(), created.front().result.message);
  }

  test::ManualClock clock;
  SeededRandom random;
  std::unique_ptr<storage::LogManager> logs;
  std::unique_ptr<Catalog> catalog;
};

struct MemoryDisk {
  MemoryDisk() { REQUIRE(fs.make_directory(kDirectory)); }
  fs::MemoryFileSystem fs;
};

ProducerId next_id(Catalog& catalog) {
  if (const auto id = catalog.next_producer_id()) return *id;
  REQUIRE(catalog.reserve_producer_ids().has_value());
  return *catalog.next_producer_id();
}

}  // namespace

TEST_CASE("catalog: what was made is there after a restart, under the same ids") {
  MemoryDisk disk;
  Uuid orders;
  {
    Running run(disk.fs);
    const auto created =
        run.catalog->create_topics({topic("orders", 3, {{"retention.ms", "5"}}), topic("clicks")});
    REQUIRE(created.size() == 2);
    orders = created[0].id;
    CHECK(!orders.is_zero());
    CHECK(orders != created[1].id);
    CHECK(run.catalog->create_partitions("clicks", 4).ok());
    CHECK(run.catalog->set_topic_configs("clicks", {{"segment.ms", "77"}}).ok());
    CHECK(run.catalog->set_broker_configs(true, {{"log.retention.bytes", "9"}}).ok());
    CHECK(run.catalog->set_broker_configs(false, {{"log.retention.ms", "8"}}).ok());
    CHECK(run.catalog->save_log_starts({{{"orders", 2}, 0}}).has_value());
  }
  Running run(disk.fs, 2);
  const auto found = run.find("orders");
  REQUIRE(found != nullptr);
  CHECK(found->id == orders);
  CHECK(run.catalog->snapshot()->find(orders) == found);
  CHECK(found->partitions.size() == 3);
  CHECK(found->partitions[1]->topic_partition() == storage::TopicPartition{"orders", 1});
  CHECK(found->overrides == catalog::ConfigMap{{"retention.ms", "5"}});
  CHECK(found->partition(0)->config().retention_ms == 5);
  CHECK(found->partition(0)->config().retention_bytes == 9);
  CHECK(found->partition(3) == nullptr);
  CHECK(found->partition(-1) == nullptr);
  CHECK(run.find("clicks")->partitions.size() == 4);
  CHECK(run.find("clicks")->partition(3)->config().segment_ms == 77);
  CHECK(run.find("clicks")->partition(3)->config().retention_ms == 8);
  CHECK(run.catalog->snapshot()->default_broker_overrides().size() == 1);
  CHECK(run.catalog->snapshot()->broker_overrides().size() == 1);
}

TEST_CASE("catalog: a topic that is there already is refused, the others of the request are made") {
  MemoryDisk disk;
  Running run(disk.fs);
  run.create(topic("a"));
  const auto created = run.catalog->create_topics({topic("b"), topic("a"), topic("c"), topic("c")});
  CHECK(created[0].result.ok());
  CHECK(created[1].result.error == ErrorCode::TOPIC_ALREADY_EXISTS);
  CHECK(created[1].result.message == "Topic 'a' already exists.");
  CHECK(created[2].result.ok());
  CHECK(created[3].result.error == ErrorCode::TOPIC_ALREADY_EXISTS);
  CHECK(run.catalog->snapshot()->topics().size() == 3);
}

TEST_CASE("catalog: a deleted topic is gone, and comes back under another id") {
  MemoryDisk disk;
  Running run(disk.fs);
  run.create(topic("a", 2));
  const Uuid first = run.find("a")->id;
  const auto results = run.catalog->delete_topics({"a", "nobody", "a"});
  CHECK(results[0].ok());
  CHECK(results[1].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(results[2].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(run.find("a") == nullptr);
  CHECK(run.catalog->snapshot()->find(first) == nullptr);
  run.create(topic("a"));
  const Uuid second = run.find("a")->id;
  CHECK(second != first);
  run.catalog.reset();
  run.logs.reset();
  Running again(disk.fs, 5);
  CHECK(again.find("a")->id == second);
  CHECK(again.find("a")->partitions.size() == 1);
}

TEST_CASE("catalog: partitions are added and never taken away") {
  MemoryDisk disk;
  Running run(disk.fs);
  run.create(topic("a", 3));
  const auto before = run.find("a");
  CHECK(run.catalog->create_partitions("a", 3).error == ErrorCode::INVALID_PARTITIONS);
  CHECK(run.catalog->create_partitions("a", 2).error == ErrorCode::INVALID_PARTITIONS);
  CHECK(run.catalog->create_partitions("b", 2).error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(run.catalog->create_partitions("a", 5).ok());
  CHECK(before->partitions.size() == 3);
  CHECK(run.find("a")->partitions.size() == 5);
  CHECK(run.find("a")->partitions[2] == before->partitions[2]);
}

TEST_CASE("catalog: a changed setting reaches the open logs, a broker's too") {
  MemoryDisk disk;
  Running run(disk.fs, 1, {{"log.retention.hours", "1"}});
  run.create(topic("own", 1, {{"retention.ms", "5"}}));
  run.create(topic("default"));
  const auto retention = [&](const char* name) {
    return run.find(name)->partition(0)->config().retention_ms;
  };
  CHECK(retention("own") == 5);
  CHECK(retention("default") == 3'600'000);
  CHECK(run.catalog->set_broker_configs(true, {{"log.retention.ms", "7"}}).ok());
  CHECK(retention("own") == 5);
  CHECK(retention("default") == 7);
  CHECK(run.catalog->set_topic_configs("own", {}).ok());
  CHECK(retention("own") == 7);
  CHECK(run.catalog->set_broker_configs(true, {}).ok());
  CHECK(retention("own") == 3'600'000);
  CHECK(run.catalog->set_topic_configs("nobody", {}).error ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("catalog: offsets.topic.segment.bytes holds from each start on, under an own override") {
  MemoryDisk disk;
  const std::string offsets = "__consumer_offsets";
  const auto segment_bytes = [&](const Running& run) {
    return run.find(offsets)->partition(0)->config().segment_bytes;
  };
  {
    const Running run(disk.fs, 1, {{"offsets.topic.segment.bytes", "2000000"}});
    run.create(topic(offsets, 1, {{"cleanup.policy", "compact"}}));
    CHECK(segment_bytes(run) == 2'000'000);
  }
  {
    const Running run(disk.fs, 2, {{"offsets.topic.segment.bytes", "3000000"}});
    CHECK(segment_bytes(run) == 3'000'000);
    REQUIRE(run.catalog->set_broker_configs(true, {{"log.segment.bytes", "9000000"}}).ok());
    CHECK(segment_bytes(run) == 3'000'000);
  }
  {
    const Running run(disk.fs, 3);
    CHECK(segment_bytes(run) == 104'857'600);
    REQUIRE(run.catalog->set_topic_configs(offsets, {{"segment.bytes", "4000000"}}).ok());
  }
  const Running run(disk.fs, 4, {{"offsets.topic.segment.bytes", "2000000"}});
  CHECK(segment_bytes(run) == 4'000'000);
}

TEST_CASE("catalog: no producer id is given out twice, whenever the process dies") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory(kDirectory));
  REQUIRE(fs.sync_directory("/"));
  std::set<ProducerId> given;
  {
    Running run(fs);
    CHECK(!run.catalog->next_producer_id());
    for (int i = 0; i < 1'500; ++i) CHECK(given.insert(next_id(*run.catalog)).second);
    CHECK(*given.begin() == 0);
    CHECK(*given.rbegin() == 1'499);
  }
  SeededRandom random(9);
  for (const auto& choice : fs.crash_choices(random, 20)) {
    test::FaultyFileSystem after(fs.crash_image(choice), system_clock());
    Running run(after);
    for (int i = 0; i < 3; ++i) CHECK(!given.contains(next_id(*run.catalog)));
  }
}

TEST_CASE("catalog: whatever a power failure leaves, answered changes are there") {
  log::set_level(log::Level::kError);
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory(kDirectory));
  REQUIRE(fs.sync_directory("/"));
  Running run(fs);
  std::map<std::string, std::size_t> confirmed;  // name -> partitions
  std::string in_doubt;
  SeededRandom random(11);
  std::size_t states = 0;
  bool checking = false;
  fs.set_hook([&](const test::Op& op) {
    if (checking || !test::changes_state(op.kind)) return;
    checking = true;
    for (const auto& choice : fs.crash_choices(random, 2)) {
      test::FaultyFileSystem after(fs.crash_image(choice), system_clock());
      Running recovered(after);
      ++states;
      for (const auto& [name, partitions] : confirmed) {
        if (name == in_doubt) continue;
        const auto found = recovered.find(name);
        REQUIRE(found != nullptr);
        CHECK(found->partitions.size() == partitions);
      }
      for (const auto& [name, found] : recovered.catalog->snapshot()->topics()) {
        CHECK((confirmed.contains(name) || name == in_doubt));
      }
    }
    checking = false;
  });
  for (int i = 0; i < 6; ++i) {
    in_doubt = "topic" + std::to_string(i);
    run.create(topic(in_doubt, 1 + i));
    confirmed[in_doubt] = static_cast<std::size_t>(1 + i);
    CHECK(run.catalog->create_partitions(in_doubt, 10).ok());
    confirmed[in_doubt] = 10;
    if (i % 2 == 0) continue;
    REQUIRE(run.catalog->delete_topics({in_doubt}).front().ok());
    confirmed.erase(in_doubt);
  }
  fs.set_hook({});
  CHECK(states > 20);
  log::set_level(log::Level::kInfo);
}

TEST_CASE("catalog: when the journal cannot be written, nothing is shown and the broker is told") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory(kDirectory));
  Running run(fs);
  run.create(topic("before"));
  int told = 0;
  run.catalog->set_storage_failure_handler([&](const Error&) { ++told; });
  fs.inject({.kind = test::OpKind::kSync,
             .cause = test::FaultCause::kIo,
             .path_contains = "kreel.catalog"});
  CHECK(run.catalog->create_topics({topic("a")}).front().result.error ==
        ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(run.find("a") == nullptr);
  CHECK(run.catalog->delete_topics({"before"}).front().error == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(run.find("before") != nullptr);
  CHECK(!run.catalog->save_log_starts({{{"before", 0}, 1}}).has_value());
  CHECK(!run.catalog->reserve_producer_ids().has_value());
  CHECK(told == 1);
}

TEST_CASE("catalog: a full disk refuses a change, and takes it once there is space") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory(kDirectory));
  Running run(fs);
  int told = 0;
  run.catalog->set_storage_failure_handler([&](const Error&) { ++told; });
  fs.inject({.kind = test::OpKind::kWrite,
             .cause = test::FaultCause::kNoSpace,
             .path_contains = "kreel.catalog"});
  CHECK(!run.catalog->create_topics({topic("a")}).front().result.ok());
  run.create(topic("a"));
  CHECK(told == 0);
}

TEST_CASE("catalog: log starts that move all the time do not make the journal grow for ever") {
  log::set_level(log::Level::kError);
  MemoryDisk disk;
  {
    Running run(disk.fs);
    run.create(topic("a", 2));
    for (Offset offset = 0; offset < 60'000; ++offset) {
      REQUIRE(run.catalog->save_log_starts({{{"a", 1}, 0}}).has_value());
    }
    CHECK(run.catalog->save_log_starts({{{"deleted", 1}, 5}}).has_value());
  }
  const auto file = disk.fs.open("/data/kreel.catalog", fs::OpenMode::kRead);
  CHECK(*(*file)->size_bytes() < (2U << 20));
  Running again(disk.fs, 3);
  CHECK(again.find("a")->partitions.size() == 2);
  log::set_level(log::Level::kInfo);
}

TEST_CASE("catalog: a thousand topics take one sync, and are all there after a restart") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory(kDirectory));
  std::vector<NewTopic> wanted;
  for (int i = 0; i < 1'000; ++i) wanted.push_back(topic("topic-" + std::to_string(i), 1));
  {
    Running run(fs);
    const auto syncs = fs.op_count(test::OpKind::kSync);
    const auto made = fs.op_count(test::OpKind::kMakeDirectory);
    for (const auto& created : run.catalog->create_topics(wanted)) CHECK(created.result.ok());
    CHECK(fs.op_count(test::OpKind::kSync) == syncs + 1);
    CHECK(fs.op_count(test::OpKind::kMakeDirectory) == made);
  }
  Running run(fs, 2);
  CHECK(run.catalog->snapshot()->topics().size() == 1'000);
  const auto all = run.catalog->snapshot();
  CHECK(all->topics().begin()->first == "topic-0");
}
