#include "cli/exec_queue.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace kreel::cli {
namespace {

std::size_t bytes_of(const Record& record) {
  std::size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
  for (const auto& [name, value] : record.headers) bytes += name.size() + value.value_or("").size();
  return bytes;
}

// Keys of different partitions have no order.
std::string lane_name(const Record& record) {
  return fmt::format("{}/{}/{}", record.topic, record.partition.value_or(-1), *record.key);
}

}  // namespace

void ExecQueue::push(Record record, int rank) {
  const std::uint64_t id = next_id_++;
  bytes_ += bytes_of(record);
  bool is_first = true;
  if (record.key) {
    auto& lane = keys_[lane_name(record)];
    is_first = lane.empty();
    lane.push_back(id);
  }
  if (is_first) ready_.insert({rank, id});
  tasks_.emplace(id, ExecTask{.id = id, .rank = rank, .record = std::move(record)});
}

ExecTask* ExecQueue::next(std::int64_t now_ms) {
  while (!later_.empty() && later_.begin()->first <= now_ms) {
    const std::uint64_t id = later_.begin()->second;
    later_.erase(later_.begin());
    ready_.insert({tasks_.at(id).rank, id});
  }
  if (ready_.empty()) return nullptr;
  ExecTask& task = tasks_.at(ready_.begin()->second);
  ready_.erase(ready_.begin());
  task.running = true;
  return &task;
}

void ExecQueue::retry(ExecTask& task, std::int64_t due_ms) {
  task.running = false;
  later_.insert({due_ms, task.id});
}

void ExecQueue::done(const ExecTask& task) {
  remove(task.id);
}

std::int64_t ExecQueue::drop_waiting(const std::function<bool(const ExecTask&)>& fits) {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, task] : tasks_) {
    if (!task.running && fits(task)) ids.push_back(id);
  }
  for (const std::uint64_t id : ids) remove(id);
  return static_cast<std::int64_t>(ids.size());
}

void ExecQueue::remove(std::uint64_t id) {
  const ExecTask& task = tasks_.at(id);
  bytes_ -= bytes_of(task.record);
  ready_.erase({task.rank, id});
  std::erase_if(later_, [id](const auto& entry) { return entry.second == id; });
  if (task.record.key) {
    const auto lane = keys_.find(lane_name(task.record));
    auto& ids = lane->second;
    const bool was_first = ids.front() == id;
    std::erase(ids, id);
    if (ids.empty()) {
      keys_.erase(lane);
    } else if (was_first) {
      ready_.insert({tasks_.at(ids.front()).rank, ids.front()});
    }
  }
  tasks_.erase(id);
}

std::optional<std::int64_t> ExecQueue::next_due_ms() const {
  if (later_.empty()) return std::nullopt;
  return later_.begin()->first;
}

}  // namespace kreel::cli
