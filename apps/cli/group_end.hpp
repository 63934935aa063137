#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <kreel/admin.hpp>
#include <kreel/consumer.hpp>

namespace kreel::cli {

// Where a member of a group has to stop, and whether it has got there: ends that were fixed at the
// start, for partitions that come and go with each rebalance.
class GroupEnd {
 public:
  GroupEnd(AdminClient& admin, std::string group, const std::vector<ReadRange>& ranges);

  // The partitions that the member now has.
  void assigned(const std::vector<TopicPartition>& partitions);
  // Those that it no longer has: read from the committed offset should they come back.
  void revoked(const std::vector<TopicPartition>& partitions);
  // False for a record behind the end.
  bool accept(const RecordView& record);
  // Whether each partition has been read up to its end, by Consumer::positions(); for a member
  // without partitions, whether the group has committed all, or no record is left. Asks the broker:
  // for moments in which no record comes.
  bool reached(const std::vector<RecordLocation>& positions);

 private:
  bool no_record_before_end(const std::vector<RecordLocation>& open) const;

  AdminClient& admin_;
  std::string group_;
  std::map<TopicPartition, std::int64_t> starts_;
  std::map<TopicPartition, std::int64_t> ends_;
  std::vector<TopicPartition> held_;
  bool was_assigned_ = false;
  bool committed_known_ = false;
  std::map<TopicPartition, std::int64_t> next_;
  TopicPartition last_at_;
  std::int64_t last_end_ = 0;
  std::int64_t* last_next_ = nullptr;
};

}  // namespace kreel::cli
