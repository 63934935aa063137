#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include <kreel/admin.hpp>
#include <kreel/record.hpp>

namespace kreel::cli {

// One record on its way through a command.
struct ExecTask {
  std::uint64_t id = 0;  // in order of arrival
  int rank = 0;          // a smaller one goes first
  Record record;
  std::int64_t attempts = 0;  // that failed
  bool running = false;
  bool abandoned = false;  // what comes of it is not wanted any more

  TopicPartition at() const { return {record.topic, record.partition.value_or(-1)}; }
  std::int64_t offset() const { return record.offset.value_or(-1); }
};

// Decides which record goes next: of the records of one partition with the same key one at a time,
// in order, also while it waits to be tried again. Records without a key are in no order.
class ExecQueue {
 public:
  void push(Record record, int rank);
  // The next one that may run, which then is running; null when there is none. Lasts until done()
  // or drop().
  ExecTask* next(std::int64_t now_ms);
  // A running one that failed: it may run again at `due_ms`.
  void retry(ExecTask& task, std::int64_t due_ms);
  // A running one that is over.
  void done(const ExecTask& task);
  // Forgets what is not running and fits; returns how many.
  std::int64_t drop_waiting(const std::function<bool(const ExecTask&)>& fits);

  // Of all that are not done.
  std::size_t size() const { return tasks_.size(); }
  std::size_t bytes() const { return bytes_; }
  // When the first of those that wait to be tried again may run.
  std::optional<std::int64_t> next_due_ms() const;

 private:
  using Turn = std::pair<int, std::uint64_t>;  // rank, id

  void remove(std::uint64_t id);

  std::uint64_t next_id_ = 1;
  std::size_t bytes_ = 0;
  std::map<std::uint64_t, ExecTask> tasks_;
  std::unordered_map<std::string, std::deque<std::uint64_t>> keys_;  // the first one's turn it is
  std::set<Turn> ready_;
  std::set<std::pair<std::int64_t, std::uint64_t>> later_;  // due_ms, id
};

}  // namespace kreel::cli
