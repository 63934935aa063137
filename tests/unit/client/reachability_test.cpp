#include "client/reachability.hpp"

#include <doctest/doctest.h>

using kreel::TopicPartition;
using kreel::client::leaders_answer;
using kreel::client::Reachability;
using News = kreel::client::Reachability::News;

TEST_CASE("reachability: a loss is told once, and its end as well") {
  Reachability brokers(std::nullopt);
  CHECK(brokers.looked(true, 0) == News::kNone);
  CHECK(brokers.looked(false, 1'000) == News::kNone);
  CHECK(brokers.looked(false, 2'000) == News::kLost);
  CHECK(brokers.is_lost());
  CHECK(brokers.looked(false, 3'000) == News::kNone);
  CHECK(!brokers.gave_up(1'000'000));
  SUBCASE("by an answer") {
    CHECK(brokers.looked(true, 4'000) == News::kBack);
  }
  SUBCASE("by a record") {
    CHECK(brokers.heard() == News::kBack);
  }
  CHECK(!brokers.is_lost());
  CHECK(brokers.heard() == News::kNone);
}

TEST_CASE("reachability: a moment of silence is not told") {
  Reachability brokers(std::nullopt);
  CHECK(brokers.looked(false, 1'000) == News::kNone);
  CHECK(brokers.looked(true, 2'000) == News::kNone);
  CHECK(brokers.looked(false, 3'000) == News::kNone);
  CHECK(brokers.heard() == News::kNone);
  CHECK(brokers.looked(false, 4'000) == News::kNone);
}

TEST_CASE("reachability: patience counts from the first look that found silence") {
  Reachability brokers(3'000);
  CHECK(!brokers.gave_up(60'000));
  brokers.looked(false, 60'000);
  CHECK(!brokers.gave_up(62'999));
  CHECK(brokers.gave_up(63'000));
  brokers.looked(true, 63'000);
  CHECK(!brokers.gave_up(90'000));
}

TEST_CASE("reachability: the leaders of what is read count, and no other brokers") {
  constexpr std::string_view kStatistics = R"({
    "brokers": {
      "h1:9092/1": {"nodeid": 1, "source": "learned", "state": "UP", "rxidle": 400000},
      "h2:9092/2": {"nodeid": 2, "source": "learned", "state": "CONNECT", "rxidle": 1},
      "h3:9092/3": {"nodeid": 3, "source": "learned", "state": "UP", "rxidle": 9000000},
      "GroupCoordinator": {"nodeid": 2, "source": "logical", "state": "UP", "rxidle": 1}},
    "topics": {"orders": {"partitions": {
      "0": {"leader": 1}, "1": {"leader": 2}, "2": {"leader": 3}, "3": {"leader": -1}}}}})";
  const auto answer = [&](const std::vector<TopicPartition>& partitions) {
    return leaders_answer(kStatistics, partitions, 2'500);
  };
  CHECK(answer({{"orders", 0}}));
  CHECK(!answer({{"orders", 0}, {"orders", 1}}));
  CHECK_MESSAGE(!answer({{"orders", 2}}), "connected, but asleep");
  CHECK_MESSAGE(!answer({{"orders", 3}}), "without a leader");
  CHECK_MESSAGE(!answer({{"users", 0}}), "not known yet");
  CHECK_MESSAGE(answer({}), "a member without partitions");
  CHECK(!leaders_answer(
      R"({"brokers": {"h1:9092/1": {"nodeid": 1, "source": "learned", "state": "DOWN"}}})", {},
      2'500));
}
