#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;

namespace {

using Answer = OffsetForLeaderEpochResponse::EpochEndOffset;

Answer ask(test::BrokerFixture& fixture, const std::string& topic, LeaderEpoch current,
           LeaderEpoch asked) {
  OffsetForLeaderEpochRequest request;
  auto& one = request.topics.emplace_back();
  one.topic = topic;
  auto& partition = one.partitions.emplace_back();
  partition.partition = 0;
  partition.current_leader_epoch = current;
  partition.leader_epoch = asked;
  return fixture.call<OffsetForLeaderEpoch>(request).topics.at(0).partitions.at(0);
}

void append_one(test::BrokerFixture& fixture) {
  BatchBuilder builder({});
  NewRecord record;
  record.timestamp = fixture.clock().wall_ms();
  record.value = as_bytes("v");
  builder.append(record);
  Bytes batch = builder.build();
  const auto log = fixture.catalog().snapshot()->find("orders")->partition(0);
  REQUIRE(log->append(batch, storage::AppendOrigin::kCoordinator).error == ErrorCode::NONE);
  fixture.work();
}

}  // namespace

TEST_CASE("offset for leader epoch: the end of the epoch that the log has, none for others") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  append_one(fixture);
  const auto epoch = fixture.catalog().snapshot()->find("orders")->partition(0)->leader_epoch();
  const auto known = ask(fixture, "orders", epoch, epoch);
  CHECK(known.error_code == ErrorCode::NONE);
  CHECK(known.leader_epoch == epoch);
  CHECK(known.end_offset == 1);
  const auto later = ask(fixture, "orders", -1, epoch + 5);
  CHECK(later.error_code == ErrorCode::NONE);
  CHECK(later.leader_epoch == -1);
  CHECK(later.end_offset == -1);
}

// Else a consumer that has read nothing takes its position for lost, and starts over or gives up.
TEST_CASE("offset for leader epoch: a log without records has its epoch, as in Kafka") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  const auto answer = ask(fixture, "orders", 0, 0);
  CHECK(answer.error_code == ErrorCode::NONE);
  CHECK(answer.leader_epoch == 0);
  CHECK(answer.end_offset == 0);
}

TEST_CASE("offset for leader epoch: whoever believes in another leader is told so (KIP-320)") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  append_one(fixture);
  const auto epoch = fixture.catalog().snapshot()->find("orders")->partition(0)->leader_epoch();
  CHECK(ask(fixture, "orders", epoch + 1, 0).error_code == ErrorCode::UNKNOWN_LEADER_EPOCH);
  CHECK(ask(fixture, "nobody", -1, 0).error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}
