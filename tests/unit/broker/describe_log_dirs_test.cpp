#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::DescribeLogDirs;
using protocol::ErrorCode;

TEST_CASE("describe log dirs: one directory with its space and its partitions") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 2);
  fixture.create_topic("b");
  for (protocol::Version version = 1; version <= 5; ++version) {
    protocol::DescribeLogDirsRequest request;
    request.topics = std::nullopt;
    const auto response = fixture.call<DescribeLogDirs>(request, version);
    REQUIRE(response.results.size() == 1);
    CHECK(response.results[0].log_dir == "/data");
    REQUIRE(response.results[0].topics.size() == 2);
    CHECK(response.results[0].topics[0].partitions.size() == 2);
    CHECK(response.results[0].topics[0].partitions[0].partition_size == 0);
    if (version >= 4) CHECK(response.results[0].total_bytes == 1LL << 40);
  }
}

TEST_CASE("describe log dirs: of what was asked for, what there is, once") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 2);
  protocol::DescribeLogDirsRequest request;
  request.topics.emplace();
  request.topics->push_back({.topic = "a", .partitions = {1, 7, 1, -1}});
  request.topics->push_back({.topic = "nobody", .partitions = {0}});
  request.topics->push_back({.topic = "a", .partitions = {1}});
  const auto response = fixture.call<DescribeLogDirs>(request);
  REQUIRE(response.results[0].topics.size() == 1);
  REQUIRE(response.results[0].topics[0].partitions.size() == 1);
  CHECK(response.results[0].topics[0].partitions[0].partition_index == 1);
}

TEST_CASE("describe log dirs: the disk is asked for its space by the reader, not the io thread") {
  test::BrokerFixture fixture;
  fixture.send<DescribeLogDirs>({}, 4);
  CHECK(fixture.sink().replies.empty());
  fixture.work();
  CHECK(fixture.sink().replies.size() == 1);
}
