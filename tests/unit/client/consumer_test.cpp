#include "kreel/consumer.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/client/mock_broker.hpp"

using namespace kreel;
using kreel::test::MockBroker;

TEST_CASE("consumer: ranges without offsets are finished at once, and stop ends a wait") {
  const auto config = ClientConfig::from_properties({{"bootstrap.servers", "127.0.0.1:1"}});
  auto consumer = Consumer::assign(*config, {{{"orders", 0}, 5, 5}}, {});
  REQUIRE(consumer);
  CHECK((*consumer)->poll(1'000) == Polled::kFinished);

  consumer = Consumer::assign(*config, {{{"orders", 0}, 5, std::nullopt}}, {});
  REQUIRE(consumer);
  CHECK((*consumer)->poll(20) == Polled::kNothing);
  CHECK((*consumer)->positions().front().offset == 5);
  (*consumer)->stop();
  CHECK((*consumer)->poll(60'000) == Polled::kStopped);
}

namespace {

// The values of the next `count` records; fewer when they do not come in 20 s.
std::vector<std::string> read(Consumer& consumer, std::size_t count) {
  std::vector<std::string> values;
  while (values.size() < count && consumer.poll(20'000) == Polled::kRecord) {
    values.emplace_back(consumer.record().value.value_or("null"));
  }
  return values;
}

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("consumer: a topic of higher priority is read to its end before the next one") {
  MockBroker broker;
  broker.create("high");
  broker.create("low");
  broker.produce("low", {"l1", "l2"});
  broker.produce("high", {"h1", "h2"});
  ConsumerOptions options;
  options.priority = {"high", "low"};
  std::unique_ptr<Consumer> consumer;
  SUBCASE("with ranges") {
    consumer = *Consumer::assign(broker.config(),
                                 {{{"low", 0}, 0, std::nullopt}, {{"high", 0}, 0, std::nullopt}},
                                 std::move(options));
  }
  SUBCASE("in a group") {
    consumer = *Consumer::subscribe(broker.config(), "g", {"low", "high"}, std::move(options));
  }
  CHECK(read(*consumer, 3) == Values{"h1", "h2", "l1"});
  // What comes meanwhile goes first, although l2 has been fetched already.
  broker.produce("high", {"h3"});
  while (consumer->poll(0) == Polled::kNothing) {
  }
  const std::string next(consumer->record().value.value_or(""));
  if (next == "l2") {
    CHECK(read(*consumer, 1) == Values{"h3"});  // its fetch was still under way
  } else {
    CHECK(next == "h3");
    CHECK(read(*consumer, 1) == Values{"l2"});
  }
}

TEST_CASE("consumer: a range that ends does not keep topics of lower priority waiting") {
  MockBroker broker;
  broker.create("high");
  broker.create("low");
  broker.produce("low", {"l1"});
  broker.produce("high", {"h1", "h2", "h3"});
  ConsumerOptions options;
  options.priority = {"high", "low"};
  const auto consumer = Consumer::assign(broker.config(), {{{"low", 0}, 0, 1}, {{"high", 0}, 0, 2}},
                                         std::move(options));
  REQUIRE(consumer);
  CHECK(read(**consumer, 3) == Values{"h1", "h2", "l1"});
  CHECK((*consumer)->poll(20'000) == Polled::kFinished);
}

TEST_CASE("consumer: a paused member gives no records, keeps its partitions and loses nothing") {
  MockBroker broker;
  broker.create("orders");
  broker.produce("orders", {"1", "2", "3"});
  ConsumerOptions options;
  std::vector<TopicPartition> held;
  bool was_revoked = false;
  options.on_assignment = [&](const auto& partitions) { held = partitions; };
  options.on_revoked = [&](const auto& partitions, bool lost) {
    was_revoked = true;
    CHECK(partitions == std::vector<TopicPartition>{{"orders", 0}});
    CHECK(!lost);
  };
  const auto consumer = Consumer::subscribe(broker.config(), "g", {"orders"}, std::move(options));
  REQUIRE(consumer);
  CHECK(read(**consumer, 1) == Values{"1"});
  (*consumer)->pause();
  CHECK((*consumer)->poll(200) == Polled::kNothing);
  CHECK(held.size() == 1);
  (*consumer)->resume();
  CHECK(read(**consumer, 2) == Values{"2", "3"});
  CHECK(!was_revoked);
  CHECK((*consumer)->close());
  CHECK(was_revoked);
  CHECK(held.empty());
}

TEST_CASE("consumer: brokers that do not answer are an error once the patience is over") {
  MockBroker broker;
  broker.create("orders");
  broker.produce("orders", {"1"});
  ConsumerOptions options;
  options.patience_ms = 3'000;
  std::unique_ptr<Consumer> consumer;
  SUBCASE("with ranges") {
    consumer = *Consumer::assign(broker.config(), {{{"orders", 0}, 0, 5}}, std::move(options));
  }
  SUBCASE("in a group") {
    consumer = *Consumer::subscribe(broker.config(), "g", {"orders"}, std::move(options));
  }
  CHECK(read(*consumer, 1) == Values{"1"});
  // Nothing comes, but there is an answer.
  CHECK(consumer->poll(4'000) == Polled::kNothing);
  broker.go_down();
  const auto polled = consumer->poll(60'000);
  REQUIRE_FALSE(polled);
  CHECK(polled.error().kind() == ErrorKind::kUnreachable);
  CHECK(polled.error().message() ==
        broker.config().bootstrap_servers.front().to_string() + " did not answer for 3s");
}

TEST_CASE("consumer: who follows is told when brokers do not answer and when they do again") {
  MockBroker broker;
  broker.create("orders");
  broker.produce("orders", {"1"});
  std::vector<bool> told;
  ConsumerOptions options;
  options.on_reach = [&](bool reachable, const std::string&) { told.push_back(reachable); };
  const auto consumer =
      Consumer::assign(broker.config(), {{{"orders", 0}, 0, std::nullopt}}, std::move(options));
  REQUIRE(consumer);
  const auto wait_for = [&](std::size_t count) {
    for (int i = 0; i < 600 && told.size() < count; ++i) {
      REQUIRE((*consumer)->poll(100) == Polled::kNothing);
    }
  };
  CHECK(read(**consumer, 1) == Values{"1"});
  CHECK((*consumer)->is_reachable());
  broker.go_down();
  wait_for(1);
  CHECK(!(*consumer)->is_reachable());
  broker.come_back();
  wait_for(2);
  CHECK(told == std::vector<bool>{false, true});
  CHECK((*consumer)->is_reachable());
}
