#include "coordinator/runtime.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "coordinator/limits.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"
#include "unit/coordinator/fake_offsets_log.hpp"

namespace kreel::coordinator {
namespace {

using protocol::ErrorCode;

/// Remembers what was replayed into it.
struct Notes final : StateMachine {
  void replay(const Replayed& record) override {
    std::string note = std::to_string(record.offset) + ":" + std::string(as_text(*record.key));
    if (record.producer_id >= 0) note += "@" + std::to_string(record.producer_id);
    if (!record.value) note += " gone";
    lines.push_back(std::move(note));
  }
  void replay_transaction_end(ProducerId producer_id, bool committed) override {
    lines.push_back((committed ? "commit@" : "abort@") + std::to_string(producer_id));
  }
  void loaded() override { ++loads; }
  void clear() override {
    lines.clear();
    ++clears;
  }
  std::vector<std::string> lines;
  int loads = 0;
  int clears = 0;
};

struct RuntimeFixture {
  RuntimeFixture() {
    runtime->load(log.source(0), [this] { ++loaded; });
  }

  static Record record(std::string_view key) {
    const ByteView view = as_bytes(key);
    return {Bytes(view.begin(), view.end()), Bytes()};
  }
  void write(const std::vector<std::string>& keys) {
    const Outbox::Step step(outbox);
    std::vector<Record> records;
    for (const auto& key : keys) records.push_back(record(key));
    runtime->write(std::move(records), [this](ErrorCode error) { replies.push_back(error); });
  }
  void ask() {
    const Outbox::Step step(outbox);
    runtime->after_durable([this](ErrorCode error) { replies.push_back(error); });
  }

  test::ManualClock clock;
  test::ManualExecutor executor{clock};
  test::FakeOffsetsLog log{executor};
  Outbox outbox;
  Notes notes;
  int loaded = 0;
  std::vector<ErrorCode> replies;
  std::unique_ptr<PartitionRuntime> runtime = std::make_unique<PartitionRuntime>(
      0, PartitionRuntime::Environment{executor, clock, log, outbox}, notes);
};

using Errors = std::vector<ErrorCode>;
using Lines = std::vector<std::string>;

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: is loading until the log has been read") {
  CHECK(runtime->availability() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  executor.run_ready();
  CHECK(runtime->availability() == ErrorCode::NONE);
  CHECK(loaded == 1);
  CHECK(notes.loads == 1);
}

TEST_CASE_FIXTURE(RuntimeFixture,
                  "runtime: records are replayed at once and answered when durable") {
  executor.run_ready();
  log.hold = true;
  write({"a", "b"});
  write({"c"});
  CHECK(notes.lines == Lines{"0:a", "1:b", "2:c"});
  executor.run_ready();
  CHECK(replies.empty());
  log.release();
  executor.run_ready();
  CHECK(replies == Errors{ErrorCode::NONE, ErrorCode::NONE});
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: readers wait for what was written before them") {
  executor.run_ready();
  ask();
  CHECK(replies.size() == 1);  // nothing to wait for
  log.hold = true;
  write({"a"});
  ask();
  executor.run_ready();
  CHECK(replies.size() == 1);
  log.release();
  executor.run_ready();
  CHECK(replies.size() == 3);
}

TEST_CASE_FIXTURE(RuntimeFixture,
                  "runtime: who has no more patience is answered, the others in their order") {
  executor.run_ready();
  log.hold = true;
  std::vector<std::pair<int, ErrorCode>> told;
  const auto write_with = [&](int number, std::int64_t patience_ms) {
    const Outbox::Step step(outbox);
    runtime->write({record("key")}, std::nullopt, patience_ms,
                   [&told, number](ErrorCode error) { told.emplace_back(number, error); });
  };
  write_with(1, 300);
  write_with(2, 100);
  write({"patient"});
  clock.advance_ms(50);
  executor.run_ready();
  write_with(3, 100);
  clock.advance_ms(50);
  executor.run_ready();
  using Told = std::vector<std::pair<int, ErrorCode>>;
  CHECK(told == Told{{2, ErrorCode::COORDINATOR_NOT_AVAILABLE}});
  clock.advance_ms(50);
  executor.run_ready();
  REQUIRE(told.size() == 2);
  CHECK(told[1] == std::pair{3, ErrorCode::COORDINATOR_NOT_AVAILABLE});
  log.release();
  executor.run_ready();
  REQUIRE(told.size() == 3);
  CHECK(told[2] == std::pair{1, ErrorCode::NONE});
  CHECK(replies == Errors{ErrorCode::NONE});
  clock.advance_ms(1'000);
  executor.run_ready();
  CHECK(told.size() == 3);
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: a failed append undoes nothing but reads all again") {
  executor.run_ready();
  write({"a"});
  executor.run_ready();
  log.hold = true;
  write({"b"});
  log.fail_appends = 1;
  write({"c"});
  CHECK(notes.clears == 1);
  CHECK(replies == Errors{ErrorCode::NONE, ErrorCode::NOT_COORDINATOR, ErrorCode::NOT_COORDINATOR});
  CHECK(runtime->availability() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  log.hold = false;
  log.release();  // comes too late for its own life, and changes nothing in the next
  executor.run_ready();
  clock.advance_ms(1'000);
  executor.run_ready();
  clock.advance_ms(1'000);
  executor.run_ready();
  CHECK(runtime->availability() == ErrorCode::NONE);
  CHECK(notes.lines == Lines{"0:a", "1:b"});
  CHECK(loaded == 1);
  write({"d"});
  executor.run_ready();
  CHECK(replies.back() == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: a failed sync answers all that wait with an error") {
  executor.run_ready();
  log.hold = true;
  write({"a"});
  write({"b"});
  ask();
  log.release(ErrorCode::KAFKA_STORAGE_ERROR);
  executor.run_ready();
  CHECK(replies == Errors(3, ErrorCode::NOT_COORDINATOR));
  CHECK(notes.lines.empty());
}

TEST_CASE_FIXTURE(RuntimeFixture,
                  "runtime: a log that cannot be read is asked again every second") {
  log.fail_reads = 3;
  for (int i = 0; i < 3; ++i) {
    executor.run_ready();
    CHECK(runtime->availability() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    clock.advance_ms(1'000);
  }
  executor.run_ready();
  // The timer may take the jump for a suspension and add one more second.
  clock.advance_ms(1'000);
  executor.run_ready();
  CHECK(runtime->availability() == ErrorCode::NONE);
  CHECK(loaded == 1);
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: stopped, it answers what waits and never comes back") {
  executor.run_ready();
  log.hold = true;
  write({"a"});
  {
    const Outbox::Step step(outbox);
    runtime->stop();
  }
  CHECK(replies == Errors{ErrorCode::NOT_COORDINATOR});
  CHECK(runtime->availability() == ErrorCode::NOT_COORDINATOR);
  log.release();
  clock.advance_ms(10'000);
  executor.run_ready();
  CHECK(notes.lines.empty());
  ask();
  CHECK(replies.back() == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: callbacks that outlive it have no effect") {
  SUBCASE("while loading") {}
  SUBCASE("while writing") {
    executor.run_ready();
    log.hold = true;
    write({"a"});
  }
  runtime.reset();
  log.release();
  executor.run_ready();
  clock.advance_ms(5'000);
  executor.run_ready();
  CHECK(replies.empty());
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: a long log is replayed in slices") {
  protocol::BatchBuilder builder({});
  const Record one = record("k");
  const std::size_t count = 3 * kReplayRecordsPerSlice + 10;
  for (std::size_t i = 0; i < count; ++i) {
    builder.append(
        {.timestamp = 1, .key = ByteView(one.key), .value = std::nullopt, .headers = {}});
  }
  log.add_batch(0, builder.build());
  log.batches_at_once = 1;
  log.add_batch(0, [&] {
    protocol::BatchBuilder last({});
    last.append({.timestamp = 1, .key = ByteView(one.key), .value = std::nullopt, .headers = {}});
    return last.build();
  }());
  const std::size_t tasks = executor.run_ready();
  CHECK(tasks >= 6);  // two reads, four slices of the first batch and one of the second
  CHECK(notes.lines.size() == count + 1);
  CHECK(notes.lines.back() == std::to_string(count) + ":k gone");
  CHECK(runtime->availability() == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: transactions of another broker's log are told apart") {
  const Record one = record("k");
  const auto add = [&](protocol::BatchBuilder::Options options, ByteView key) {
    protocol::BatchBuilder builder(options);
    builder.append({.timestamp = 1, .key = key, .value = ByteView(*one.value), .headers = {}});
    log.add_batch(0, builder.build());
  };
  const Bytes commit_key{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}};
  const Bytes abort_key{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}};
  const Bytes short_key{std::byte{0}};
  protocol::BatchBuilder::Options data;
  data.producer_id = 9;
  data.producer_epoch = 0;
  data.transactional = true;
  protocol::BatchBuilder::Options marker = data;
  marker.control = true;
  add(data, one.key);
  add(marker, commit_key);
  add(marker, abort_key);
  add(marker, short_key);
  executor.run_ready();
  CHECK(notes.lines == Lines{"0:k@9", "commit@9", "abort@9"});
}

TEST_CASE_FIXTURE(RuntimeFixture, "runtime: bytes that are no batch end the load, not the broker") {
  log.add_batch(0, [&] {
    protocol::BatchBuilder builder({});
    const Record one = record("k");
    builder.append(
        {.timestamp = 1, .key = ByteView(one.key), .value = std::nullopt, .headers = {}});
    return builder.build();
  }());
  runtime = std::make_unique<PartitionRuntime>(
      0, PartitionRuntime::Environment{executor, clock, log, outbox}, notes);
  auto junk = std::make_shared<Bytes>(100, std::byte{0x7F});
  runtime->load(
      [&](Offset, auto done) {
        LoadedBatches batches;
        batches.records = protocol::Records::memory(*junk, junk);
        done(std::move(batches));
      },
      [] {});
  executor.run_ready();
  CHECK(runtime->availability() == ErrorCode::NONE);
  CHECK(notes.lines.empty());
}

TEST_CASE("runtime: append errors become what clients of a coordinator expect") {
  CHECK(client_error(ErrorCode::KAFKA_STORAGE_ERROR) == ErrorCode::NOT_COORDINATOR);
  CHECK(client_error(ErrorCode::NOT_LEADER_OR_FOLLOWER) == ErrorCode::NOT_COORDINATOR);
  CHECK(client_error(ErrorCode::REQUEST_TIMED_OUT) == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(client_error(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) ==
        ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(client_error(ErrorCode::RECORD_LIST_TOO_LARGE) == ErrorCode::UNKNOWN_SERVER_ERROR);
  CHECK(client_error(ErrorCode::INVALID_REQUEST) == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("outbox: replies wait until the outermost step is over, in order") {
  Outbox outbox;
  std::vector<int> order;
  {
    const Outbox::Step outer(outbox);
    {
      const Outbox::Step inner(outbox);
      outbox.push([&] {
        order.push_back(1);
        const Outbox::Step again(outbox);  // the receiver asks for more at once
        outbox.push([&] { order.push_back(3); });
      });
      outbox.push([&] { order.push_back(2); });
    }
    CHECK(order.empty());
  }
  CHECK(order == std::vector<int>{1, 2, 3});
}

}  // namespace
}  // namespace kreel::coordinator
