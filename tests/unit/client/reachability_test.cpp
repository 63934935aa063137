#include "client/reachability.hpp"

#include <doctest/doctest.h>

using kreel::TopicPartition;
using kreel::client::FetchProgress;
using kreel::client::Reachability;
using kreel::client::ReadStatistics;
using kreel::client::UnreadPositions;
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
    return ReadStatistics(kStatistics).leaders_answer(partitions, 2'500);
  };
  CHECK(answer({{"orders", 0}}));
  CHECK(!answer({{"orders", 0}, {"orders", 1}}));
  CHECK_MESSAGE(!answer({{"orders", 2}}), "connected, but asleep");
  CHECK_MESSAGE(!answer({{"orders", 3}}), "without a leader");
  CHECK_MESSAGE(!answer({{"users", 0}}), "not known yet");
  CHECK_MESSAGE(answer({}), "a member without partitions");
  const ReadStatistics down(
      R"({"brokers": {"h1:9092/1": {"nodeid": 1, "source": "learned", "state": "DOWN"}}})");
  CHECK(!down.leaders_answer({}, 2'500));
}

TEST_CASE("reachability: unread is what is not at its end, or was never fetched") {
  const ReadStatistics statistics(R"({"topics": {"orders": {"partitions": {
      "0": {"next_offset": 7, "eof_offset": 7}, "1": {"next_offset": 7, "eof_offset": -1001},
      "2": {"next_offset": 9, "eof_offset": 7}, "3": {"next_offset": -1001, "eof_offset": -1001}
      }}}})");
  CHECK(statistics.unread({{"orders", 0}}).empty());
  CHECK(statistics.unread({{"orders", 0}, {"orders", 1}, {"orders", 2}, {"orders", 3}}) ==
        UnreadPositions{{{"orders", 1}, 7}, {{"orders", 2}, 9}, {{"orders", 3}, -1}});
  CHECK(statistics.unread({{"users", 0}}) == UnreadPositions{{{"users", 0}, -1}});
}

TEST_CASE("reachability: fetches that bring nothing of what there is are given up") {
  FetchProgress fetches(3'000);
  const UnreadPositions stuck{{{"orders", 1}, 7}};
  fetches.looked({{{"orders", 0}, 3}, {{"orders", 1}, 7}}, 1'000);
  CHECK(!fetches.stands_still());
  SUBCASE("once none has moved for all of the patience") {
    fetches.looked(stuck, 2'000);
    CHECK(!fetches.stands_still());
    fetches.looked(stuck, 3'000);
    CHECK(fetches.stands_still());
    CHECK(fetches.gave_up(4'999) == nullptr);
    REQUIRE(fetches.gave_up(5'000) != nullptr);
    CHECK(*fetches.gave_up(5'000) == TopicPartition{"orders", 1});
  }
  SUBCASE("but not while they move, though no record comes of it") {
    for (std::int64_t at = 10; at < 20; ++at) {
      fetches.looked({{{"orders", 1}, at}}, at * 1'000);
      CHECK(fetches.gave_up(at * 1'000) == nullptr);
    }
  }
  SUBCASE("nor at the end") {
    fetches.looked({}, 2'000);
    fetches.looked({}, 60'000);
    CHECK(fetches.gave_up(60'000) == nullptr);
  }
  SUBCASE("and a record, or a time without looks, begins it anew") {
    fetches.looked(stuck, 2'000);
    fetches.looked(stuck, 3'000);
    SUBCASE("a record") {
      fetches.heard();
    }
    SUBCASE("a time without looks") {
      fetches.was_away();
    }
    CHECK(!fetches.stands_still());
    CHECK(fetches.gave_up(60'000) == nullptr);
    fetches.looked(stuck, 60'000);
    CHECK(fetches.gave_up(62'999) == nullptr);
    CHECK(fetches.gave_up(63'000) != nullptr);
  }
}
