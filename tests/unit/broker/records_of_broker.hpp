#pragma once

#include <string>

#include "support/broker_fixture.hpp"

namespace kreel::test {

/// A broker that records are produced to, as by a client.
struct RecordsOfBroker : BrokerFixture {
  explicit RecordsOfBroker(fs::FileSystem* disk = nullptr, const catalog::ConfigMap& settings = {})
      : BrokerFixture(settings, storage::FlushMode::kCommit, disk) {}

  protocol::ErrorCode try_produce(const std::string& topic, PartitionId partition, int count = 1) {
    protocol::BatchBuilder builder({});
    for (int i = 0; i < count; ++i) {
      protocol::NewRecord record;
      record.timestamp = clock().wall_ms();
      record.value = as_bytes("value");
      builder.append(record);
    }
    return send_batch(topic, partition, builder.build());
  }
  /// One record of an idempotent producer.
  protocol::ErrorCode try_produce_sequence(const std::string& topic, PartitionId partition,
                                           std::int32_t sequence) {
    protocol::BatchBuilder builder(
        {.producer_id = 7, .producer_epoch = 0, .base_sequence = sequence});
    builder.append({.timestamp = clock().wall_ms(), .value = as_bytes("value")});
    return send_batch(topic, partition, builder.build());
  }
  void produce(const std::string& topic, PartitionId partition, int count) {
    REQUIRE(try_produce(topic, partition, count) == protocol::ErrorCode::NONE);
  }
  storage::LogOffsets offsets(const std::string& topic, PartitionId partition) {
    return catalog().snapshot()->find(topic)->partition(partition)->offsets();
  }

 private:
  protocol::ErrorCode send_batch(const std::string& topic, PartitionId partition,
                                 const Bytes& batch) {
    protocol::ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 1'000;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    data.partition_data.push_back(
        {.index = partition, .records = protocol::Records::memory(batch, nullptr)});
    const auto reply = call<protocol::Produce>(request, 12);
    return reply.responses.at(0).partition_responses.at(0).error_code;
  }
};

}  // namespace kreel::test
