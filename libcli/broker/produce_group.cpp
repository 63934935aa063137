#include "broker/produce_group.hpp"

#include <algorithm>
#include <utility>

namespace kreel::broker {

void ProduceGroup::add(ProduceOperation&& operation, std::shared_ptr<storage::Log> log) {
  members_.push_back({std::move(operation), std::move(log)});
}

void ProduceGroup::run() {
  auto members = std::exchange(members_, {});
  std::vector<Member*> left;
  for (Member& member : members) left.push_back(&member);
  for (auto first = left.begin(); first != left.end();) {
    const auto last = std::stable_partition(
        first, left.end(),
        [log = (*first)->log.get()](const Member* member) { return member->log.get() == log; });
    append({first, last});
    first = last;
  }
  members.clear();
  members_ = std::move(members);  // its memory, for the next turn
}

void ProduceGroup::append(std::span<Member* const> of_one_log) {
  std::vector<storage::GroupedBatch> batches;
  batches.reserve(of_one_log.size());
  for (const Member* member : of_one_log) batches.push_back({member->operation.only_batch()});
  of_one_log.front()->log->append_group(batches);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    of_one_log[i]->operation.answer_only(of_one_log[i]->log, std::move(batches[i].result));
  }
}

}  // namespace kreel::broker
