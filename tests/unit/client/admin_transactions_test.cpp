#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "client/api_names.hpp"
#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::FakeBroker;
using protocol::ErrorCode;

namespace {

/// Both brokers are known; ids that begin with "two" are coordinated by the second, and so is
/// partition 1 of "t" led by it.
void serve_both(FakeBroker& one, FakeBroker& two) {
  for (FakeBroker* broker : {&one, &two}) {
    test::serve_metadata(*broker, {&one, &two}, {{"t", {1, 2}}});
    broker->on<protocol::FindCoordinator>(
        [&one, &two](const protocol::FindCoordinatorRequest& request, protocol::Version) {
          CHECK(request.key_type == 1);
          protocol::FindCoordinatorResponse response;
          for (const std::string& key : request.coordinator_keys) {
            const bool second = key.starts_with("two");
            response.coordinators.push_back({key, second ? 2 : 1, "127.0.0.1",
                                             second ? two.port() : one.port(), ErrorCode::NONE,
                                             std::nullopt});
          }
          return response;
        });
  }
}

void serve_list(FakeBroker& broker, const std::string& id, protocol::Version max_version = 2) {
  broker.on<protocol::ListTransactions>(
      [id](const protocol::ListTransactionsRequest& request, protocol::Version) {
        protocol::ListTransactionsResponse response;
        const auto& states = request.state_filters;
        if (states.empty() || std::ranges::find(states, "Ongoing") != states.end()) {
          response.transaction_states.push_back({id, request.duration_filter, "Ongoing"});
        }
        return response;
      },
      max_version);
}

void serve_ids(FakeBroker& broker) {
  broker.on<protocol::DescribeTransactions>(
      [](const protocol::DescribeTransactionsRequest& request, protocol::Version) {
        protocol::DescribeTransactionsResponse response;
        for (const std::string& id : request.transactional_ids) {
          auto& state = response.transaction_states.emplace_back();
          state.transactional_id = id;
          if (id.ends_with("unknown")) {
            state.error_code = ErrorCode::TRANSACTIONAL_ID_NOT_FOUND;
            continue;
          }
          state.transaction_state = "Ongoing";
          state.transaction_timeout_ms = 60'000;
          state.transaction_start_time_ms = id.ends_with("idle") ? -1 : 17;
          state.producer_id = 4;
          state.producer_epoch = 2;
          state.topics = {{"t", {1, 0}}};
        }
        return response;
      });
}

}  // namespace

TEST_CASE("admin transactions: every broker is asked, and the list is in order") {
  FakeBroker one;
  FakeBroker two;
  serve_both(one, two);
  serve_list(one, "b");
  serve_list(two, "a");
  one.start();
  two.start();
  const auto admin = test::connect_to(one);
  const auto listed = admin->list_transactions({.states = {"oNgoing"}, .open_for_ms = 5});
  REQUIRE(listed);
  REQUIRE(listed->transactions.size() == 2);
  CHECK(listed->transactions[0].transactional_id == "a");
  CHECK(listed->transactions[0].coordinator_id == 2);
  CHECK(listed->transactions[0].producer_id == 5);  // the duration that was asked for
  CHECK(listed->transactions[1].transactional_id == "b");
  CHECK(admin->list_transactions({.states = {"Empty"}})->transactions.empty());
}

TEST_CASE("admin transactions: a broker that cannot filter by duration says so") {
  FakeBroker one;
  FakeBroker two;
  serve_both(one, two);
  serve_list(one, "b", 0);
  serve_list(two, "a", 0);
  one.start();
  two.start();
  const auto admin = test::connect_to(one);
  CHECK(admin->list_transactions({}));
  const auto listed = admin->list_transactions({.open_for_ms = 5});
  REQUIRE_FALSE(listed);
  CHECK(listed.error().message() ==
        "the broker does not support ListTransactions by duration (Kafka 3.8 and later do)");
}

TEST_CASE("admin transactions: each id is described by its coordinator") {
  FakeBroker one;
  FakeBroker two;
  serve_both(one, two);
  serve_ids(one);
  serve_ids(two);
  one.start();
  two.start();
  const auto admin = test::connect_to(one);
  const std::array<std::string, 3> ids{"one-idle", "two", "two-unknown"};
  const auto described = admin->describe_transactions(ids);
  REQUIRE(described);
  CHECK_FALSE((*described)[0].start_ms);
  CHECK((*described)[0].coordinator_id == 1);
  CHECK((*described)[1].start_ms == 17);
  CHECK((*described)[1].coordinator_id == 2);
  CHECK((*described)[1].partitions == std::vector<TopicPartition>{{"t", 0}, {"t", 1}});
  REQUIRE((*described)[2].error);
  CHECK((*described)[2].error->error.kind() == ErrorKind::kNotFound);
  CHECK((*described)[2].error->error.message() == "transactional id \"two-unknown\" not found");
}

TEST_CASE("admin transactions: an abort waits for the one that is being ended") {
  FakeBroker one;
  FakeBroker two;
  serve_both(one, two);
  int calls = 0;
  two.on<protocol::InitProducerId>(
      [&calls](const protocol::InitProducerIdRequest& request, protocol::Version) {
        CHECK(request.transactional_id == "two");
        CHECK(request.transaction_timeout_ms == 7'000);
        CHECK(request.producer_id == -1);
        protocol::InitProducerIdResponse response;
        if (++calls < 3) response.error_code = ErrorCode::CONCURRENT_TRANSACTIONS;
        return response;
      });
  one.start();
  two.start();
  const auto admin = test::connect_to(one);
  const std::array<TransactionToAbort, 1> wanted{TransactionToAbort{"two", 7'000}};
  const auto aborted = admin->abort_transactions(wanted);
  REQUIRE(aborted);
  CHECK_FALSE(aborted->front().error);
  CHECK(calls == 3);
}

TEST_CASE("admin transactions: producers and markers go to the leaders") {
  FakeBroker one;
  FakeBroker two;
  serve_both(one, two);
  for (FakeBroker* broker : {&one, &two}) {
    broker->on<protocol::DescribeProducers>(
        [](const protocol::DescribeProducersRequest& request, protocol::Version) {
          protocol::DescribeProducersResponse response;
          auto& topic = response.topics.emplace_back();
          topic.name = "t";
          for (const auto index : request.topics[0].partition_indexes) {
            auto& partition = topic.partitions.emplace_back();
            partition.partition_index = index;
            partition.active_producers = {{9, 1, 5, 1'000, -1, 40 + index}, {3, 0, 0, -1, 2, -1}};
          }
          return response;
        });
    broker->on<protocol::WriteTxnMarkers>(
        [](const protocol::WriteTxnMarkersRequest& request, protocol::Version) {
          protocol::WriteTxnMarkersResponse response;
          for (const auto& marker : request.markers) {
            CHECK_FALSE(marker.transaction_result);
            const auto index = marker.topics[0].partition_indexes[0];
            const bool newer = marker.coordinator_epoch < 2;
            response.markers.push_back(
                {marker.producer_id,
                 {{"t",
                   {{index,
                     newer ? ErrorCode::TRANSACTION_COORDINATOR_FENCED : ErrorCode::NONE}}}}});
          }
          return response;
        });
  }
  one.start();
  two.start();
  const auto admin = test::connect_to(one);
  const std::array<TopicPartition, 2> partitions{TopicPartition{"t", 0}, TopicPartition{"t", 1}};
  const auto described = admin->describe_producers(partitions);
  REQUIRE(described);
  for (std::int64_t i = 0; i < 2; ++i) {
    const auto& producers = (*described)[static_cast<std::size_t>(i)].producers;
    REQUIRE(producers.size() == 2);
    CHECK(producers[0].producer_id == 3);
    CHECK_FALSE(producers[0].open_from);
    CHECK_FALSE(producers[0].last_timestamp_ms);
    CHECK(producers[1].open_from == 40 + i);
  }
  const std::array<AbortMarker, 2> markers{AbortMarker{{"t", 1}, 9, 1, 2},
                                           AbortMarker{{"t", 0}, 9, 1, 1}};
  const auto written = admin->write_abort_markers(markers);
  REQUIRE(written);
  CHECK_FALSE((*written)[0].error);
  REQUIRE((*written)[1].error);
  CHECK((*written)[1].error->error.message() ==
        "t[0]: the coordinator epoch is older than the one of its last marker");
}
