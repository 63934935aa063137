#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cli/exec_environment.hpp"
#include "cli/exec_queue.hpp"
#include "cli/offset_tracker.hpp"

using namespace kreel;
using namespace kreel::cli;

namespace {

const TopicPartition kOrders{"orders", 0};

Record record(std::int64_t offset, std::optional<std::string> key, std::int32_t partition = 0) {
  Record made;
  made.topic = "orders";
  made.partition = partition;
  made.offset = offset;
  made.key = std::move(key);
  made.value = "v" + std::to_string(offset);
  return made;
}

std::int64_t offset_of(const ExecTask* task) {
  return task == nullptr ? -1 : task->offset();
}

bool contains(const std::vector<std::string>& entries, const std::string& entry) {
  return std::ranges::find(entries, entry) != entries.end();
}

}  // namespace

TEST_CASE("offset tracker: what may be committed has nothing unfinished before it") {
  OffsetTracker tracker;
  for (const std::int64_t offset : {3, 4, 7, 9}) tracker.begin(kOrders, offset);  // with gaps
  CHECK(tracker.finish(kOrders, 4) == std::nullopt);
  CHECK(tracker.finish(kOrders, 9) == std::nullopt);
  CHECK(tracker.finish(kOrders, 3) == 5);
  CHECK(tracker.finish(kOrders, 7) == 10);
}

TEST_CASE("offset tracker: what ends after its partition is gone counts no more") {
  OffsetTracker tracker;
  tracker.begin(kOrders, 3);
  tracker.begin(kOrders, 4);
  tracker.drop(kOrders);
  CHECK(tracker.finish(kOrders, 3) == std::nullopt);
  tracker.begin(kOrders, 4);  // given again
  CHECK(tracker.finish(kOrders, 3) == std::nullopt);
  CHECK(tracker.finish(kOrders, 4) == 5);
}

TEST_CASE("exec queue: records of a key go one after the other, others meanwhile") {
  ExecQueue queue;
  queue.push(record(0, "a"), 0);
  queue.push(record(1, "a"), 0);
  queue.push(record(2, "b"), 0);
  queue.push(record(3, std::nullopt), 0);
  queue.push(record(4, std::nullopt), 0);
  queue.push(record(5, "a", 1), 0);  // another partition
  ExecTask* first = queue.next(0);
  CHECK(offset_of(first) == 0);
  CHECK(offset_of(queue.next(0)) == 2);
  CHECK(offset_of(queue.next(0)) == 3);
  CHECK(offset_of(queue.next(0)) == 4);
  CHECK(offset_of(queue.next(0)) == 5);
  CHECK(queue.next(0) == nullptr);
  queue.done(*first);
  CHECK(offset_of(queue.next(0)) == 1);
  CHECK(queue.size() == 5);
}

TEST_CASE("exec queue: a record that waits to be tried again keeps its key waiting") {
  ExecQueue queue;
  queue.push(record(0, "a"), 0);
  queue.push(record(1, "a"), 0);
  ExecTask* first = queue.next(0);
  queue.retry(*first, 100);
  CHECK(queue.next_due_ms() == 100);
  CHECK(queue.next(99) == nullptr);
  CHECK(offset_of(queue.next(100)) == 0);
  CHECK(queue.next_due_ms() == std::nullopt);
  queue.done(*first);
  CHECK(offset_of(queue.next(100)) == 1);
}

TEST_CASE("exec queue: a smaller rank goes first") {
  ExecQueue queue;
  queue.push(record(0, "low"), 1);
  queue.push(record(1, "high"), 0);
  CHECK(offset_of(queue.next(0)) == 1);
  CHECK(offset_of(queue.next(0)) == 0);
}

TEST_CASE("exec queue: what is dropped is gone, what runs stays") {
  ExecQueue queue;
  for (std::int64_t offset = 0; offset < 4; ++offset) queue.push(record(offset, "a"), 0);
  queue.push(record(9, "a", 1), 0);
  ExecTask* running = queue.next(0);
  CHECK(queue.drop_waiting([](const ExecTask& task) { return task.at() == kOrders; }) == 3);
  CHECK(offset_of(queue.next(0)) == 9);
  queue.done(*running);
  CHECK(queue.next(0) == nullptr);
  CHECK(queue.size() == 1);
  CHECK(queue.bytes() == 3);  // "a" and "v9"
}

TEST_CASE("exec queue and offset tracker: any schedule keeps order and skips nothing") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&random](int bound) {
      return static_cast<int>(random() % static_cast<unsigned>(bound));
    };
    ExecQueue queue;
    OffsetTracker tracker;
    constexpr std::int64_t kRecords = 60;
    std::map<TopicPartition, std::int64_t> produced;
    std::map<TopicPartition, std::int64_t> committed;
    std::map<TopicPartition, std::set<std::int64_t>> finished;
    std::map<std::pair<std::int32_t, std::string>, std::int64_t> last_of_key;
    std::vector<ExecTask*> running;
    std::int64_t count = 0;
    std::int64_t now_ms = 0;
    const int workers = 1 + below(5);
    while (count < kRecords || queue.size() > 0) {
      ++now_ms;
      switch (below(4)) {
        case 0:
          if (count < kRecords) {
            const TopicPartition at{"orders", below(2)};
            const std::int64_t offset = produced[at] += 1 + below(2);
            tracker.begin(at, offset);
            std::optional<std::string> key;
            if (below(4) > 0) key = std::to_string(below(3));
            queue.push(record(offset, key, at.partition), below(2));
            ++count;
          }
          break;
        case 1:
          if (running.size() < static_cast<std::size_t>(workers)) {
            if (ExecTask* task = queue.next(now_ms)) running.push_back(task);
          }
          break;
        default:
          if (running.empty()) break;
          const std::size_t which =
              static_cast<std::size_t>(below(static_cast<int>(running.size())));
          ExecTask* task = running[which];
          running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
          if (below(3) == 0) {
            queue.retry(*task, now_ms + below(20));
            break;
          }
          if (task->record.key) {
            std::int64_t& last = last_of_key[{task->at().partition, *task->record.key}];
            CHECK(last < task->offset());
            last = task->offset();
          }
          finished[task->at()].insert(task->offset());
          if (const auto next = tracker.finish(task->at(), task->offset())) {
            CHECK(*next > committed[task->at()]);
            committed[task->at()] = *next;
          }
          const TopicPartition at = task->at();
          queue.done(*task);
          // Nothing before the commit is unfinished.
          CHECK(queue.drop_waiting([](const ExecTask&) { return false; }) == 0);
          for (const ExecTask* other : running) {
            CHECK(other->offset() >= committed[other->at()]);
          }
          CHECK((finished[at].empty() || committed[at] <= *finished[at].rbegin() + 1));
      }
    }
    for (const auto& [at, last] : produced) CHECK(committed[at] == last + 1);
    CHECK(queue.bytes() == 0);
  }
}

TEST_CASE("exec environment: what a command is told of its record") {
  ExecTask task;
  task.record = record(17, "k");
  task.record.timestamp_ms = 1'577'934'245'000;
  task.record.timestamp_type = TimestampType::kCreateTime;
  task.record.headers = {
      {"trace-id", "1"}, {"trace-id", "2"}, {"raw", "\xff"}, {"none", std::nullopt}};
  task.attempts = 2;
  const Environment base{{"HOME", "/root"},
                         {"KREEL_KEY", "of another"},
                         {"KREEL_BROKERS", "h:1"},
                         {"KREEL_HEADER_OLD", "x"}};
  const auto entries = record_environment(base, task, 3);
  for (const char* entry :
       {"HOME=/root", "KREEL_BROKERS=h:1", "KREEL_TOPIC=orders", "KREEL_PARTITION=0",
        "KREEL_OFFSET=17", "KREEL_KEY=k", "KREEL_TIMESTAMP=1577934245000",
        "KREEL_TIMESTAMP_TYPE=create_time", "KREEL_ATTEMPT=3", "KREEL_WORKER=3",
        R"(KREEL_HEADERS=[["trace-id","1"],["trace-id","2"],["raw",{"b64":"/w=="}],["none",null]])",
        "KREEL_HEADER_TRACE_ID=2", "KREEL_HEADER_RAW=\xff"}) {
    CAPTURE(entry);
    CHECK(contains(entries, entry));
  }
  CHECK(entries.size() == 13);
}

TEST_CASE("exec environment: null differs from empty, and a NUL byte is not cut off") {
  ExecTask task;
  task.record = record(0, std::nullopt);
  task.record.value.reset();
  auto entries = record_environment({}, task, 0);
  CHECK(contains(entries, "KREEL_NULL_VALUE=1"));
  CHECK(contains(entries, "KREEL_HEADERS=[]"));
  CHECK(std::ranges::none_of(entries, [](const auto& e) { return e.starts_with("KREEL_KEY"); }));
  task.record.key = "";
  task.record.value = "";
  entries = record_environment({}, task, 0);
  CHECK(contains(entries, "KREEL_KEY="));
  CHECK(!contains(entries, "KREEL_NULL_VALUE=1"));
  task.record.key = std::string("a\0b", 3);
  entries = record_environment({}, task, 0);
  CHECK(contains(entries, "KREEL_KEY_HEX=610062"));
  CHECK(std::ranges::none_of(entries, [](const auto& e) { return e.starts_with("KREEL_KEY="); }));
}
