#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::DescribeTopicPartitions;
using protocol::DescribeTopicPartitionsRequest;
using protocol::ErrorCode;

namespace {

DescribeTopicPartitionsRequest for_topics(const std::vector<std::string>& names,
                                          std::int32_t limit = 2000) {
  DescribeTopicPartitionsRequest request;
  for (const auto& name : names) request.topics.push_back({.name = name});
  request.response_partition_limit = limit;
  return request;
}

}  // namespace

TEST_CASE("describe topic partitions: topics come in the order of their names, each once") {
  test::BrokerFixture fixture;
  fixture.create_topic("b", 2);
  fixture.create_topic("a");
  const auto response =
      fixture.call<DescribeTopicPartitions>(for_topics({"nobody", "b", "a", "b", "x x"}));
  REQUIRE(response.topics.size() == 4);
  CHECK(response.topics[0].name == "a");
  CHECK(response.topics[0].partitions.size() == 1);
  CHECK(response.topics[0].topic_authorized_operations == 3576);
  CHECK(response.topics[0].partitions[0].eligible_leader_replicas->empty());
  CHECK(response.topics[1].name == "b");
  CHECK(response.topics[1].partitions[1].isr_nodes == std::vector<std::int32_t>{1});
  CHECK(response.topics[2].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(response.topics[3].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(!response.next_cursor);
}

TEST_CASE("describe topic partitions: pages of any size tell every partition once") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 3);
  fixture.create_topic("b", 1);
  fixture.create_topic("c", 4);
  for (std::int32_t limit = 0; limit <= 9; ++limit) {
    for (const bool by_name : {false, true}) {
      CAPTURE(limit);
      auto request = for_topics(
          by_name ? std::vector<std::string>{"a", "b", "c"} : std::vector<std::string>{}, limit);
      std::vector<std::pair<std::string, std::int32_t>> seen;
      for (int page = 0; page < 20; ++page) {
        const auto response = fixture.call<DescribeTopicPartitions>(request);
        std::size_t on_page = 0;
        for (const auto& topic : response.topics) {
          for (const auto& partition : topic.partitions) {
            seen.emplace_back(*topic.name, partition.partition_index);
            ++on_page;
          }
        }
        CHECK(on_page <= static_cast<std::size_t>(std::max(1, limit)));
        if (!response.next_cursor) break;
        request.cursor = {.topic_name = response.next_cursor->topic_name,
                          .partition_index = response.next_cursor->partition_index};
      }
      CHECK(seen ==
            std::vector<std::pair<std::string, std::int32_t>>{
                {"a", 0}, {"a", 1}, {"a", 2}, {"b", 0}, {"c", 0}, {"c", 1}, {"c", 2}, {"c", 3}});
    }
  }
}

TEST_CASE("describe topic partitions: a cursor has to name a topic of the request") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 3);
  auto request = for_topics({"a"});
  request.cursor = {.topic_name = "b", .partition_index = 0};
  CHECK(fixture.call<DescribeTopicPartitions>(request).topics[0].error_code ==
        ErrorCode::INVALID_REQUEST);
  request.cursor = {.topic_name = "a", .partition_index = -1};
  CHECK(fixture.call<DescribeTopicPartitions>(request).topics[0].error_code ==
        ErrorCode::INVALID_REQUEST);
  request.cursor = {.topic_name = "a", .partition_index = 99};
  CHECK(fixture.call<DescribeTopicPartitions>(request).topics[0].partitions.empty());
}
