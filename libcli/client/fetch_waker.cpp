#include "client/fetch_waker.hpp"

namespace kreel::client {
namespace {

std::size_t size_setting(rd_kafka_t* handle, std::string_view name) {
  return static_cast<std::size_t>(rd_number(rd_kafka_conf(handle), name));
}

}  // namespace

FetchWaker::FetchWaker(rd_kafka_t* handle)
    : handle_(handle),
      quarter_records_(size_setting(handle, "queued.min.messages") / 4),
      quarter_bytes_((size_setting(handle, "queued.max.messages.kbytes") << 10) / 4),
      partitions_(rd_kafka_topic_partition_list_new(0)) {}

void FetchWaker::attach(const char* topic, std::int32_t partition) {
  detach(topic, partition);
  rd_kafka_topic_partition_list_add(partitions_.get(), topic, partition)->offset =
      RD_KAFKA_OFFSET_END;
}

void FetchWaker::detach(const char* topic, std::int32_t partition) {
  rd_kafka_topic_partition_list_del(partitions_.get(), topic, partition);
}

void FetchWaker::taken(std::size_t records, std::size_t bytes) {
  records_ += records;
  bytes_ += bytes;
  if (records_ < quarter_records_ && bytes_ < quarter_bytes_) return;
  records_ = bytes_ = 0;
  wake();
}

void FetchWaker::wake() {
  if (partitions_->cnt == 0) return;
  // With no time to wait it is sent and its answer dropped. The end of a log costs a broker least.
  rd_kafka_offsets_for_times(handle_, partitions_.get(), 0);
}

}  // namespace kreel::client
