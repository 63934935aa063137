#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <kreel/admin.hpp>
#include <kreel/record.hpp>

namespace kreel::cli {

// What a producer must know of a topic before it writes.
struct TopicTarget {
  std::string name;
  std::int32_t partitions = 0;
  std::int64_t batch_bytes_max = 0;  // max.message.bytes
};

// Topics that were looked up once. A topic that does not exist is never created by asking.
class TopicLookup {
 public:
  explicit TopicLookup(AdminClient& admin) : admin_(admin) {}

  // kNotFound with the nearest name; kUnreachable when no leader of its partitions can be reached.
  // The target lives as long as the lookup.
  Result<const TopicTarget*> find(std::string_view topic);

 private:
  Result<void> reach_a_leader(const TopicInfo& topic);
  std::int64_t batch_bytes_max(const std::string& topic);

  AdminClient& admin_;
  std::map<std::string, TopicTarget, std::less<>> known_;
};

// kNotFound with "orders[7]: the topic has 6 partitions", or nothing.
Result<void> check_partition(const TopicTarget& topic, std::int32_t partition);
// librdkafka allows this much for a record, and it would check less exactly than the topic does.
constexpr std::int64_t kLibraryMessageBytesMax = 1'000'000'000;
// Batches that the topic takes, and the library's own check of sizes out of the way: it counts by
// other rules than the broker. What the user set stays.
void set_batch_limits(ClientConfig& config, std::int64_t batch_bytes_max);
// kBadInput with "1,200,345 bytes is over the topic's limit 1,048,588", or nothing.
Result<void> check_size(const RecordView& record, const TopicTarget& topic);
// The size on the wire of a batch that holds this record alone, not compressed.
std::int64_t batch_bytes(std::int64_t key_bytes, std::int64_t value_bytes,
                         std::int64_t header_bytes);

}  // namespace kreel::cli
