#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::DeleteTopics;
using protocol::DeleteTopicsRequest;
using protocol::ErrorCode;

namespace {

DeleteTopicsRequest by_names(std::vector<std::string> names) {
  DeleteTopicsRequest request;
  request.topic_names = std::move(names);
  return request;
}

}  // namespace

TEST_CASE("delete topics: by name in the older versions") {
  for (protocol::Version version = 1; version <= 5; ++version) {
    CAPTURE(version);
    test::BrokerFixture fixture;
    fixture.create_topic("a");
    fixture.create_topic("b");
    const auto response = fixture.call<DeleteTopics>(by_names({"a", "nobody", "b", "b"}), version);
    REQUIRE(response.responses.size() == 3);
    CHECK(response.responses[0].name == "a");
    CHECK(response.responses[0].error_code == ErrorCode::NONE);
    CHECK(response.responses[1].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    CHECK(response.responses[2].error_code == ErrorCode::INVALID_REQUEST);
    CHECK(fixture.catalog().snapshot()->find("a") == nullptr);
    CHECK(fixture.catalog().snapshot()->find("b") != nullptr);
  }
}

TEST_CASE("delete topics: by name or by id in version 6, never by both") {
  test::BrokerFixture fixture;
  for (const auto* name : {"a", "b", "c"}) fixture.create_topic(name);
  const auto snapshot = fixture.catalog().snapshot();
  SeededRandom random(4);
  DeleteTopicsRequest request;
  request.topics = {{.name = "a", .topic_id = {}},
                    {.name = std::nullopt, .topic_id = snapshot->find("b")->id},
                    {.name = "c", .topic_id = snapshot->find("c")->id},
                    {.name = std::nullopt, .topic_id = {}},
                    {.name = std::nullopt, .topic_id = Uuid::random(random)}};
  const auto response = fixture.call<DeleteTopics>(request, 6);
  REQUIRE(response.responses.size() == 5);
  CHECK(response.responses[0].error_code == ErrorCode::NONE);
  CHECK(response.responses[0].topic_id == snapshot->find("a")->id);
  CHECK(response.responses[1].error_code == ErrorCode::NONE);
  CHECK(response.responses[1].name == "b");
  CHECK(response.responses[2].error_code == ErrorCode::INVALID_REQUEST);
  CHECK(response.responses[3].error_code == ErrorCode::INVALID_REQUEST);
  CHECK(response.responses[4].error_code == ErrorCode::UNKNOWN_TOPIC_ID);
  CHECK(fixture.catalog().snapshot()->topics().size() == 1);
  fixture.kill_and_restart();
  CHECK(fixture.catalog().snapshot()->topics().size() == 1);
}

TEST_CASE("delete topics: a topic asked for by name and by id stays, and is answered once") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  fixture.create_topic("b");
  const Uuid id = fixture.catalog().snapshot()->find("a")->id;
  DeleteTopicsRequest request;
  request.topics = {{.name = std::nullopt, .topic_id = id},
                    {.name = "a", .topic_id = {}},
                    {.name = "b", .topic_id = {}}};
  const auto response = fixture.call<DeleteTopics>(request, 6);
  REQUIRE(response.responses.size() == 2);
  CHECK(response.responses[0].name == "a");
  CHECK(response.responses[0].topic_id == id);
  CHECK(response.responses[0].error_code == ErrorCode::INVALID_REQUEST);
  CHECK(response.responses[1].error_code == ErrorCode::NONE);
  CHECK(fixture.catalog().snapshot()->find("a") != nullptr);
}

TEST_CASE("delete topics: where it is disabled, nothing is deleted") {
  test::BrokerFixture fixture(catalog::ConfigMap{{"delete.topic.enable", "false"}});
  fixture.create_topic("a");
  CHECK(fixture.call<DeleteTopics>(by_names({"a"}), 2).responses[0].error_code ==
        ErrorCode::INVALID_REQUEST);
  CHECK(fixture.call<DeleteTopics>(by_names({"a"}), 3).responses[0].error_code ==
        ErrorCode::TOPIC_DELETION_DISABLED);
  CHECK(fixture.catalog().snapshot()->find("a") != nullptr);
}

TEST_CASE("delete topics: the groups' offsets stay") {
  test::BrokerFixture fixture;
  fixture.create_topic(catalog::kConsumerOffsetsTopic, 2);
  CHECK(fixture.call<DeleteTopics>(by_names({catalog::kConsumerOffsetsTopic}), 5)
            .responses[0]
            .error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
}
