#include "kreel/producer.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "unit/client/mock_broker.hpp"

using namespace kreel;
using kreel::test::MockBroker;

TEST_CASE("producer: an unknown or malformed property is named, with the nearest") {
  auto config = ClientConfig::from_properties({{"comprssion.type", "zstd"}});
  auto producer = Producer::open(*config, {});
  REQUIRE_FALSE(producer);
  CHECK(producer.error().kind() == ErrorKind::kUsage);
  CHECK(producer.error().message() == "unknown property \"comprssion.type\"");
  CHECK(producer.error().hint() == "did you mean \"compression.type\"?");

  config = ClientConfig::from_properties({{"acks", "many"}});
  producer = Producer::open(*config, {});
  REQUIRE_FALSE(producer);
  CHECK(producer.error().message().starts_with("property acks: "));
}

TEST_CASE("producer: acks below all go without idempotence, unless both are asked for") {
  auto config = ClientConfig::from_properties({{"acks", "1"}, {"kreel.protected", "true"}});
  CHECK(Producer::open(*config, {}));
  config = ClientConfig::from_properties({{"acks", "1"}, {"enable.idempotence", "true"}});
  const auto producer = Producer::open(*config, {});
  REQUIRE_FALSE(producer);
  CHECK(producer.error().kind() == ErrorKind::kUsage);
}

TEST_CASE("producer: records without an answer at the deadline are failed when never sent") {
  auto config = ClientConfig::from_properties({{"bootstrap.servers", "127.0.0.1:1"}});
  std::vector<std::uint64_t> failed;
  ProducerOptions options;
  options.on_failure = [&failed](const DeliveryFailure& failure) {
    CHECK_FALSE(failure.unknown);
    failed.push_back(failure.tag);
  };
  auto producer = Producer::open(*config, options);
  REQUIRE(producer);
  RecordView record;
  record.topic = "orders";
  record.value = "x";
  REQUIRE((*producer)->produce(record, 42));
  CHECK((*producer)->counts().in_flight == 1);
  (*producer)->flush(50);
  const DeliveryCounts counts = (*producer)->counts();
  CHECK(counts.accepted == 1);
  CHECK(counts.acknowledged == 0);
  CHECK(counts.failed == 1);
  CHECK(counts.unknown == 0);
  CHECK(counts.in_flight == 0);
  CHECK(failed == std::vector<std::uint64_t>{42});
}

TEST_CASE("producer: a record over the limit is bad input, told with both sizes") {
  auto config = ClientConfig::from_properties({{"bootstrap.servers", "127.0.0.1:1"}});
  auto producer = Producer::open(*config, {});
  REQUIRE(producer);
  const std::string value(1'200'345, 'x');
  RecordView record;
  record.topic = "orders";
  record.value = value;
  const auto produced = (*producer)->produce(record, 9);
  REQUIRE_FALSE(produced);
  CHECK(produced.error().kind() == ErrorKind::kBadInput);
  CHECK(produced.error().message() == "1,200,345 bytes is over the topic's limit 1,048,588");
}

TEST_CASE("producer: a full queue makes produce wait until stop") {
  auto config = ClientConfig::from_properties({{"bootstrap.servers", "127.0.0.1:1"}});
  ProducerOptions options;
  options.queue_records_max = 10;
  auto producer = Producer::open(*config, options);
  REQUIRE(producer);
  RecordView record;
  record.topic = "orders";
  record.value = "x";
  for (std::uint64_t i = 0; i < 10; ++i) REQUIRE((*producer)->produce(record, i));
  (*producer)->stop();
  CHECK_FALSE((*producer)->produce(record, 10));
  CHECK((*producer)->counts().accepted == 10);
}

TEST_CASE(
    "producer: the first record of a topic does not wait for librdkafka's next look at topics") {
  MockBroker broker;
  const std::vector<std::string> topics{"a", "b", "c", "d", "e", "f", "g", "h"};
  for (const std::string& topic : topics) broker.create(topic.c_str());
  broker.produce("a", {"connected"});
  const auto started = std::chrono::steady_clock::now();
  for (const std::string& topic : topics) broker.produce(topic.c_str(), {"x"});
  // It looks once a second, which would be some seven seconds.
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(4));
}

TEST_CASE("producer: a transaction has its records and a group's offsets") {
  MockBroker broker;
  broker.create("copy");
  ProducerOptions options;
  options.transactional_id = "copier";
  const auto producer = *Producer::open(broker.config(), std::move(options));
  REQUIRE(producer->init_transactions(20'000));
  for (const std::int64_t offset : {5, 6}) {
    REQUIRE(producer->begin_transaction());
    REQUIRE(producer->produce({.topic = "copy", .partition = 0, .value = "x"}, 0));
    const std::vector<RecordLocation> offsets{{{"copy", 0}, offset}};
    REQUIRE(producer->add_offsets("progress", offsets, 20'000));
    REQUIRE(producer->commit_transaction(20'000));
  }
  CHECK(producer->counts().acknowledged == 2);
  REQUIRE(producer->begin_transaction());
  REQUIRE(producer->produce({.topic = "copy", .partition = 0, .value = "dropped"}, 0));
  CHECK(producer->abort_transaction(20'000));

  const auto committed = producer->commit_transaction(1'000);
  REQUIRE_FALSE(committed);
  CHECK(committed.error().message().starts_with("transactional id \"copier\": "));
}

TEST_CASE("producer: what fails one transaction is told as such, and the next one goes well") {
  constexpr std::int16_t kProduce = 0;
  MockBroker broker;
  broker.create("copy");
  std::vector<ErrorKind> failed;
  ProducerOptions options;
  options.transactional_id = "copier";
  options.on_failure = [&failed](const DeliveryFailure& failure) {
    failed.push_back(failure.error.kind());
  };
  const auto producer = *Producer::open(broker.config(), std::move(options));
  REQUIRE(producer->init_transactions(20'000));
  // librdkafka (2.0.2) gives its handle up for the first of them.
  for (const auto error :
       {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE}) {
    CAPTURE(error);
    failed.clear();
    broker.answer(kProduce, error);
    REQUIRE(producer->begin_transaction());
    REQUIRE(producer->produce({.topic = "copy", .partition = 0, .value = "x"}, 0));
    const auto committed = producer->commit_transaction(20'000);
    REQUIRE_FALSE(committed);
    CHECK(committed.error().kind() == ErrorKind::kUnreachable);
    const auto refused = producer->produce({.topic = "copy", .partition = 0, .value = "y"}, 0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind() == ErrorKind::kUnreachable);
    REQUIRE(producer->abort_transaction(20'000));
    CHECK(failed == std::vector{ErrorKind::kUnreachable});
    CHECK(producer->counts().in_flight == 0);
    REQUIRE(producer->begin_transaction());
    REQUIRE(producer->produce({.topic = "copy", .partition = 0, .value = "x"}, 0));
    REQUIRE(producer->commit_transaction(20'000));
  }
}

TEST_CASE("producer: transactions wait no longer than they are told for a cluster that is away") {
  auto config = ClientConfig::from_properties({{"bootstrap.servers", "127.0.0.1:1"}});
  ProducerOptions options;
  options.transactional_id = "copier";
  const auto producer = *Producer::open(*config, std::move(options));
  const auto initialised = producer->init_transactions(50);
  REQUIRE_FALSE(initialised);
  CHECK(initialised.error().kind() == ErrorKind::kUnreachable);
}
