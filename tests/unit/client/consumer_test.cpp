#include "kreel/consumer.hpp"

#include <doctest/doctest.h>

using namespace kreel;

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
