#include "broker/produce_group.hpp"

#include <algorithm>
#include <utility>

namespace kreel::broker {

void ProduceGroup::add(ProduceOperation&& operation, std::shared_ptr<storage::Log> log) {
  members_.push_back({std::move(operation), std::move(log)});
}

void ProduceGroup::run() {
  auto members = std::exchange(members_, {});
  std::vector<Member*> by_log;
  for (Member& member : members) by_log.push_back(&member);
  const auto log_of = [](const Member* member) { return member->log.get(); };
  std::ranges::stable_sort(by_log, {}, log_of);
  for (auto first = by_log.begin(); first != by_log.end();) {
    const auto last = std::ranges::find_if(
        first, by_log.end(), [&](const Member* member) { return member->log != (*first)->log; });
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
