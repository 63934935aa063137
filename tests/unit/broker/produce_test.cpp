// Produce without transactions: what is refused, and with which error.
#include <doctest/doctest.h>

#include "broker/dispatch.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;

namespace {

constexpr Version kProduceByName = 12;
constexpr Version kProduceById = 13;

struct PlainProduce : test::BrokerFixture {
  PlainProduce() { create_topic("orders"); }
  explicit PlainProduce(storage::FlushMode flush) : BrokerFixture({}, flush) {}

  ProduceRequest request_to(const std::string& topic, PartitionId partition) {
    BatchBuilder builder({});
    NewRecord record;
    record.timestamp = clock().wall_ms();
    record.value = as_bytes("value");
    builder.append(record);
    batch = builder.build();
    ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 1'000;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    data.partition_data.push_back({.index = partition, .records = Records::memory(batch, nullptr)});
    return request;
  }
  ErrorCode error_of(const ProduceRequest& request, Version version) {
    return call<Produce>(request, version).responses.at(0).partition_responses.at(0).error_code;
  }

  Bytes batch;
};

}  // namespace

TEST_CASE("produce: acks that are not -1, 0 or 1 are refused for every partition") {
  PlainProduce f;
  auto request = f.request_to("orders", 0);
  request.acks = 2;
  CHECK(f.error_of(request, kProduceByName) == ErrorCode::INVALID_REQUIRED_ACKS);
  CHECK(f.catalog().snapshot()->find("orders")->partition(0)->offsets().high_watermark == 0);
}

TEST_CASE("produce: what is not there, by name and by id") {
  PlainProduce f;
  CHECK(f.error_of(f.request_to("nobody", 0), kProduceByName) ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(f.error_of(f.request_to("orders", 1), kProduceByName) ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  auto by_id = f.request_to("", 0);
  CHECK(f.error_of(by_id, kProduceById) == ErrorCode::UNKNOWN_TOPIC_ID);
  SeededRandom random(3);
  by_id.topic_data.front().topic_id = Uuid::random(random);
  CHECK(f.error_of(by_id, kProduceById) == ErrorCode::UNKNOWN_TOPIC_ID);
  by_id.topic_data.front().topic_id = f.catalog().snapshot()->find("orders")->id;
  CHECK(f.error_of(by_id, kProduceById) == ErrorCode::NONE);
}

TEST_CASE("produce: bytes that are no batch, and a broken checksum are refused") {
  PlainProduce f;
  auto request = f.request_to("orders", 0);
  f.batch.back() ^= std::byte{1};
  CHECK(f.error_of(request, kProduceByName) == ErrorCode::CORRUPT_MESSAGE);
  request.topic_data.front().partition_data.front().records = Records::empty();
  CHECK(f.error_of(request, kProduceByName) == ErrorCode::INVALID_RECORD);
}

TEST_CASE("produce: of a partition that is named twice the last batch counts, as in Kafka") {
  PlainProduce f;
  auto request = f.request_to("orders", 0);
  BatchBuilder builder({});
  for (const char* value : {"one", "two"}) builder.append({.value = as_bytes(value)});
  const auto second = builder.build();
  auto& partitions = request.topic_data.front().partition_data;
  SUBCASE("in one topic") {
    partitions.push_back({.index = 7, .records = Records::memory(second, nullptr)});
    partitions.push_back({.index = 0, .records = Records::memory(second, nullptr)});
  }
  SUBCASE("in a topic that is named twice") {
    request.topic_data.push_back(request.topic_data.front());
    request.topic_data.back().partition_data = {
        {.index = 7, .records = Records::memory(second, nullptr)},
        {.index = 0, .records = Records::memory(second, nullptr)}};
  }
  const auto response = f.call<Produce>(request, kProduceByName);
  REQUIRE(response.responses.size() == 1);
  const auto& answers = response.responses.front().partition_responses;
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(answers[1].error_code == ErrorCode::NONE);
  CHECK(answers[1].base_offset == 0);
  CHECK(f.catalog().snapshot()->find("orders")->partition(0)->offsets().log_end == 2);
}

TEST_CASE("produce: with flush=os the answer waits for the sync that flush.messages asks for") {
  PlainProduce f(storage::FlushMode::kOs);
  f.create_topic("careful", 1, {{"flush.messages", "2"}});
  const auto is_answered_at_once = [&f] {
    f.send<Produce>(f.request_to("careful", 0), kProduceByName);
    const bool at_once = !f.sink().replies.empty();
    f.work();
    CHECK(f.sink().replies.size() == 1);
    return at_once;
  };
  CHECK(is_answered_at_once());
  CHECK_FALSE(is_answered_at_once());
  CHECK(is_answered_at_once());
}

TEST_CASE("producer ids: an id without its epoch, or the other way round, is INVALID_REQUEST") {
  PlainProduce f;
  const auto error_of = [&](ProducerId id, ProducerEpoch epoch) {
    InitProducerIdRequest request;
    request.transactional_id.reset();
    request.transaction_timeout_ms = 60'000;
    request.producer_id = id;
    request.producer_epoch = epoch;
    return f.call<InitProducerId>(request, 4).error_code;
  };
  CHECK(error_of(-1, -1) == ErrorCode::NONE);
  CHECK(error_of(5, -1) == ErrorCode::INVALID_REQUEST);
  CHECK(error_of(-1, 0) == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("produce: small batches that came together are answered when their turn is over") {
  PlainProduce f;
  f.create_topic("other");
  f.send_with_more<Produce>(f.request_to("orders", 0), kProduceByName);
  f.send_with_more<Produce>(f.request_to("other", 0), kProduceByName);
  f.send_with_more<Produce>(f.request_to("orders", 0), kProduceByName);
  CHECK(f.catalog().snapshot()->find("orders")->partition(0)->offsets().log_end == 0);
  broker::finish_turn(f.io());
  f.work();
  CHECK(f.sink().replies.size() == 3);
  CHECK(f.catalog().snapshot()->find("orders")->partition(0)->offsets().high_watermark == 2);
  CHECK(f.catalog().snapshot()->find("other")->partition(0)->offsets().high_watermark == 1);
}

TEST_CASE("produce: what waits for company is in the log before a batch that does not") {
  PlainProduce f;
  f.send_with_more<Produce>(f.request_to("orders", 0), kProduceByName);
  auto two = f.request_to("orders", 0);
  two.topic_data.push_back(two.topic_data.front());
  two.topic_data.back().name = "nobody";
  f.send_with_more<Produce>(two, kProduceByName);
  CHECK(f.catalog().snapshot()->find("orders")->partition(0)->offsets().log_end == 2);
  broker::finish_turn(f.io());
  f.work();
  REQUIRE(f.sink().replies.size() == 2);
  CHECK(f.sink().replies.front().first < f.sink().replies.back().first);
}
