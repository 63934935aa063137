#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/admin.hpp>
#include <kreel/consumer.hpp>

#include "cli/record_filter.hpp"

namespace kreel::cli {

// Up to where a copy of one topic is done, per partition: everything before that offset has been
// written to the other side, or was not wanted.
class CopyProgress {
 public:
  // A record was read: handed to the producer, or passed over.
  void sent(std::int32_t partition, std::int64_t offset);
  void passed(std::int32_t partition, std::int64_t offset);
  // The producer's answers. Those of one partition come in the order of its records.
  void delivered(std::int32_t partition, std::int64_t offset);
  void failed(std::int32_t partition);

  // Next offsets that moved since they were taken last: behind all that is answered, or behind all
  // that was read, for a transaction that will wait for the answers.
  std::map<std::int32_t, std::int64_t> take_delivered() { return take(&Partition::done); }
  std::map<std::int32_t, std::int64_t> take_read() { return take(&Partition::read); }

 private:
  struct Partition {
    std::int64_t read = 0;
    std::int64_t done = 0;
    std::int64_t taken = 0;
    std::int64_t under_way = 0;
    bool failed = false;
  };
  void settle(Partition& partition) const;
  std::map<std::int32_t, std::int64_t> take(std::int64_t Partition::*position);

  std::map<std::int32_t, Partition> partitions_;
};

// Where the progress is kept: as offsets that a group has committed, in the cluster that is written
// to, on the partitions of the topic that is written. There a transaction can commit it together
// with the records. Copies that filter differently are different copies, and so is that of a topic
// which was made anew: its `id` is another one (empty before Kafka 2.8).
struct CopySource {
  std::string cluster_id;
  std::string topic;
  std::string id;
};
std::string copy_group(const CopySource& source, const RecordFilterArgs& filter);
// Copies to another topic, or of other partitions, go on beside each other.
std::string copy_transactional_id(std::string_view group, std::string_view destination,
                                  const std::vector<std::int32_t>& partitions);

// Offsets of the source by partition, as they were saved; none at the first run.
Result<std::map<std::int32_t, std::int64_t>> load_copy_progress(AdminClient& to,
                                                                const std::string& group,
                                                                const std::string& topic);
Result<void> save_copy_progress(AdminClient& to, const std::string& group, const std::string& topic,
                                const std::map<std::int32_t, std::int64_t>& offsets);

}  // namespace kreel::cli
