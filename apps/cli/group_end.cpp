#include "cli/group_end.hpp"

#include <algorithm>
#include <array>

namespace kreel::cli {

GroupEnd::GroupEnd(AdminClient& admin, std::string group, const std::vector<ReadRange>& ranges)
    : admin_(admin), group_(std::move(group)) {
  for (const ReadRange& range : ranges) {
    starts_[range.at] = range.start;
    ends_[range.at] = range.end.value_or(INT64_MAX);
  }
}

void GroupEnd::assigned(const std::vector<TopicPartition>& partitions) {
  held_ = partitions;
  was_assigned_ = true;
  committed_known_ = false;
}

void GroupEnd::revoked(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& at : partitions) next_.erase(at);
  last_next_ = nullptr;
}

bool GroupEnd::accept(const RecordView& record) {
  const std::int32_t partition = record.partition.value_or(-1);
  if (last_next_ == nullptr || last_at_.partition != partition || last_at_.topic != record.topic) {
    last_at_ = {std::string(record.topic), partition};
    const auto end = ends_.find(last_at_);
    // A partition that was made after the start has nothing before the end.
    last_end_ = end == ends_.end() ? 0 : end->second;
    last_next_ = &next_[last_at_];
  }
  const std::int64_t offset = record.offset.value_or(0);
  *last_next_ = std::max(*last_next_, offset + 1);
  return offset < last_end_;
}

bool GroupEnd::reached(const std::vector<RecordLocation>& positions) {
  if (!was_assigned_) return false;
  for (const RecordLocation& one : positions) {
    std::int64_t& next = next_[one.at];
    next = std::max(next, one.offset);
  }
  // Who has no partition may get one yet: of those that the others have not done.
  std::vector<TopicPartition> watched = held_;
  if (held_.empty()) {
    for (const auto& [at, end] : ends_) watched.push_back(at);
    committed_known_ = false;
  }
  if (!committed_known_) {
    const std::array<GroupOffsetsQuery, 1> queries{GroupOffsetsQuery{group_, watched}};
    const auto found = admin_.fetch_offsets(queries);
    if (!found || found->empty() || found->front().error) return false;
    for (const CommittedOffset& committed : found->front().offsets) {
      std::int64_t& next = next_[committed.at];
      next = std::max(next, committed.offset.value_or(starts_[committed.at]));
    }
    committed_known_ = true;
  }
  std::vector<RecordLocation> open;
  for (const TopicPartition& at : watched) {
    const auto end = ends_.find(at);
    if (end != ends_.end() && next_[at] < end->second) open.push_back({at, next_[at]});
  }
  // A member is told by the broker that no record follows; the others have no such word.
  return open.empty() || (held_.empty() && no_record_before_end(open));
}

// The last offsets before the end may belong to markers of transactions, which no record has.
bool GroupEnd::no_record_before_end(const std::vector<RecordLocation>& open) const {
  const auto found = admin_.find_records(open);
  if (!found) return false;
  return std::ranges::all_of(*found, [&](const FoundRecord& record) {
    return !record.error && (!record.offset || *record.offset >= ends_.at(record.at));
  });
}

}  // namespace kreel::cli
