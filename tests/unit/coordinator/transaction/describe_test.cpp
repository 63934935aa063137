#include <doctest/doctest.h>

#include "coordinator/transaction_router.hpp"
#include "unit/coordinator/transaction_fixture.hpp"

namespace kreel::test {

class DescribeTransactionsFixture : public TransactionFixture {
 public:
  coordinator::DescribedTransaction describe_one(const std::string& id) {
    std::optional<protocol::DescribeTransactionsResponse> told;
    router().describe(executor, {id}, [&](auto reply) { told = std::move(reply); });
    executor.run_ready();
    REQUIRE(told.has_value());
    REQUIRE(told->transaction_states.size() == 1);
    return told->transaction_states.front();
  }
  Lines list(const protocol::ListTransactionsRequest& request = {}) {
    std::optional<protocol::ListTransactionsResponse> told;
    router().list(executor, request, [&](auto reply) { told = std::move(reply); });
    executor.run_ready();
    REQUIRE(told.has_value());
    unknown = told->unknown_state_filters;
    Lines lines;
    for (const auto& one : told->transaction_states) {
      lines.push_back(one.transactional_id + " " + one.transaction_state);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  coordinator::TransactionRouter router() {
    return coordinator::TransactionRouter({{&executor, shard.get()}},
                                          config.transaction_state_log_num_partitions);
  }
  Lines unknown;
};

TEST_CASE_FIXTURE(DescribeTransactionsFixture,
                  "describe: tells the state, the producer and the partitions") {
  const Producer who = init();
  clock.advance_ms(10);
  add(who, {{"orders", 2}, {"orders", 0}, {"payments", 1}});
  const auto told = describe_one("pay");
  CHECK(told.error_code == ErrorCode::NONE);
  CHECK(told.transaction_state == "Ongoing");
  CHECK(told.transaction_timeout_ms == timeout_ms);
  CHECK(told.transaction_start_time_ms == clock.wall_ms());
  CHECK(told.producer_id == who.id);
  CHECK(told.producer_epoch == who.epoch);
  REQUIRE(told.topics.size() == 2);
  CHECK(told.topics[0].topic == "orders");
  CHECK(told.topics[0].partitions == std::vector<PartitionId>{0, 2});
  CHECK(told.topics[1].topic == "payments");
}

TEST_CASE_FIXTURE(DescribeTransactionsFixture,
                  "describe: an unknown transactional id has an error and its name") {
  const auto told = describe_one("nobody");
  CHECK(told.error_code == ErrorCode::TRANSACTIONAL_ID_NOT_FOUND);
  CHECK(told.transactional_id == "nobody");
  CHECK(describe_one("").error_code == ErrorCode::INVALID_REQUEST);
}

TEST_CASE_FIXTURE(DescribeTransactionsFixture, "list: filters by state, producer and duration") {
  const Producer open = init("open");
  init("idle");
  add(open, {{"orders", 0}}, kTransactionsV2, "open");
  CHECK(list() == Lines{"idle Empty", "open Ongoing"});
  protocol::ListTransactionsRequest by_state;
  by_state.state_filters = {"Ongoing", "Sleeping"};
  CHECK(list(by_state) == Lines{"open Ongoing"});
  CHECK(unknown == Lines{"Sleeping"});
  protocol::ListTransactionsRequest by_producer;
  by_producer.producer_id_filters = {open.id};
  CHECK(list(by_producer) == Lines{"open Ongoing"});
  protocol::ListTransactionsRequest by_duration;
  by_duration.state_filters = {"Ongoing"};
  by_duration.duration_filter = 1'000;
  CHECK(list(by_duration).empty());
  advance_ms(1'500);
  CHECK(list(by_duration) == Lines{"open Ongoing"});
}

TEST_CASE("transactional ids: their partition is Kafka's") {
  // |"...".hashCode()| mod 50 in Java; the second one has a negative hash.
  CHECK(coordinator::partition_for_transactional_id("my-transactional-id", 50) == 46);
  CHECK(coordinator::partition_for_transactional_id("pay", 50) == 10);
  // Its hash is the smallest integer, which has no positive twin.
  CHECK(coordinator::partition_for_transactional_id("polygenelubricants", 50) == 0);
}

}  // namespace kreel::test
