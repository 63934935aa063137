#include "sim/ledger.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::sim {
namespace {

std::string name_of(const TopicPartition& at) {
  return fmt::format("{}[{}]", at.topic, at.partition);
}

}  // namespace

void Ledger::see(const TopicPartition& at, Offset offset, const std::string& value) {
  if (!sent_.contains(value)) {
    world_.violation(fmt::format("{}@{}: \"{}\" was never sent", name_of(at), offset, value));
  }
  auto& partition = partitions_[at];
  const auto place = partition.place_of.emplace(value, offset).first->second;
  if (place != offset) {
    world_.violation(
        fmt::format("{}: {} is there twice, at {} and {}", name_of(at), value, place, offset));
  }
  const auto [known, is_new] = partition.seen.emplace(offset, value);
  if (is_new || known->second == value) return;
  world_.violation(fmt::format("{}@{}: was {}, is {}", name_of(at), offset, known->second, value));
}

void Ledger::acknowledged(const TopicPartition& at, Offset offset, const std::string& value) {
  ++acknowledged_count_;
  auto& known = partitions_[at].acknowledged[value];
  if (offset < 0) return;
  known = offset;
  see(at, offset, value);
}

void Ledger::observed(const TopicPartition& at, Offset offset, const std::string& value) {
  ++observed_count_;
  see(at, offset, value);
}

void Ledger::log_start_found(const TopicPartition& at, Offset log_start) {
  if (log_start <= partitions_[at].delete_tried) return;
  world_.violation(
      fmt::format("{}: the log start is {}, nobody has deleted so much", name_of(at), log_start));
}

void Ledger::records_deleted_tried(const TopicPartition& at, Offset before) {
  auto& tried = partitions_[at].delete_tried;
  tried = std::max(tried, before);
}

void Ledger::commit_tried(const std::string& group, const TopicPartition& at, Offset offset) {
  auto& commit = commits_[{group, at}];
  commit.tried = std::max(commit.tried, offset);
}

void Ledger::commit_acknowledged(const std::string& group, const TopicPartition& at,
                                 Offset offset) {
  auto& commit = commits_[{group, at}];
  if (offset < commit.acknowledged) {
    world_.violation(fmt::format("{} {}: {} was committed, then {}: two members at once", group,
                                 name_of(at), commit.acknowledged, offset));
  }
  commit.acknowledged = std::max(commit.acknowledged, offset);
}

void Ledger::commit_found(const std::string& group, const TopicPartition& at, Offset offset) {
  const auto& commit = commits_[{group, at}];
  if (offset >= commit.acknowledged && offset <= commit.tried) return;
  world_.violation(fmt::format("{} {}: committed is {}; acknowledged {}, tried {}", group,
                               name_of(at), offset, commit.acknowledged, commit.tried));
}

void Ledger::check_all(const TopicPartition& at, Offset log_start,
                       const std::vector<std::pair<Offset, std::string>>& records) {
  const auto& partition = promised_[at];
  std::map<std::string, Offset> found;
  std::map<std::string, std::int64_t> last_of;
  for (const auto& [offset, value] : records) {
    see(at, offset, value);
    if (!found.emplace(value, offset).second) {
      world_.violation(fmt::format("{}: {} is there twice", name_of(at), value));
    }
    const auto dash = value.rfind('-');
    const auto number = parse_int64(value.substr(dash + 1)).value_or(-1);
    auto& last = last_of.try_emplace(value.substr(0, dash), -1).first->second;
    if (number <= last) {
      world_.violation(
          fmt::format("{}@{}: {} comes after number {}", name_of(at), offset, value, last));
    }
    last = number;
  }
  for (const auto& [value, offset] : partition.acknowledged) {
    if (found.contains(value) || (offset && *offset < log_start)) continue;
    // One whose offset nobody was told may have been deleted, too.
    if (!offset && log_start > 0) continue;
    world_.violation(fmt::format("{}: {} was acknowledged{} and is lost", name_of(at), value,
                                 offset ? fmt::format(" at {}", *offset) : ""));
  }
  for (const auto& [offset, value] : partition.seen) {
    if (offset < log_start || found.contains(value)) continue;
    world_.violation(fmt::format("{}@{}: {} was read and is lost", name_of(at), offset, value));
  }
}

std::set<TopicPartition> Ledger::partitions() const {
  std::set<TopicPartition> all;
  for (const auto& [at, partition] : partitions_) all.insert(at);
  return all;
}

}  // namespace kreel::sim
