#include "broker/fetch_sessions.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>

using namespace kreel;
using broker::FetchSessionCache;
using protocol::ErrorCode;
using protocol::FetchRequest;
using protocol::FetchResponse;
using protocol::Records;

namespace {

constexpr protocol::Version kByName = 12;
constexpr protocol::Version kById = 13;

FetchRequest request_for(std::int32_t session_id, std::int32_t epoch,
                         std::vector<PartitionId> partitions) {
  FetchRequest request;
  request.session_id = session_id;
  request.session_epoch = epoch;
  if (partitions.empty()) return request;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  for (const PartitionId partition : partitions) {
    auto& wanted = topic.partitions.emplace_back();
    wanted.partition = partition;
    wanted.fetch_offset = 10;
  }
  return request;
}

std::vector<PartitionId> partitions_of(const std::vector<broker::FetchTarget>& targets) {
  std::vector<PartitionId> partitions;
  for (const auto& target : targets) partitions.push_back(target.partition);
  return partitions;
}

struct FetchSessionsFixture {
  SeededRandom random{1};
  FetchSessionCache cache{2, random};

  std::shared_ptr<broker::FetchSession> open_full(std::vector<PartitionId> partitions) {
    auto opened = cache.open(request_for(0, 0, std::move(partitions)), kByName, 0);
    REQUIRE(opened.error == ErrorCode::NONE);
    REQUIRE(opened.session != nullptr);
    return opened.session;
  }
};

FetchResponse::PartitionData answer(Offset high_watermark, ByteView data = {}) {
  FetchResponse::PartitionData data_answer;
  data_answer.high_watermark = high_watermark;
  data_answer.log_start_offset = 0;
  data_answer.records = Records::memory(data, nullptr);
  return data_answer;
}

}  // namespace

TEST_CASE("fetch session: a full fetch opens one, and an incremental one names only changes") {
  FetchSessionsFixture f;
  const auto session = f.open_full({0, 1, 2});
  const auto next = f.cache.open(request_for(session->id(), 1, {}), kByName, 0);
  CHECK(next.error == ErrorCode::NONE);
  CHECK(next.incremental);
  CHECK(partitions_of(next.targets) == std::vector<PartitionId>{0, 1, 2});
}

TEST_CASE("fetch session: a partition that is named twice is read once, from its last offset") {
  FetchSessionsFixture f;
  auto request = request_for(0, 0, {0, 1, 0});
  request.topics.front().partitions.back().fetch_offset = 20;
  SUBCASE("without a session") { request.session_epoch = -1; }
  SUBCASE("with one") {}
  const auto opened = f.cache.open(request, kByName, 0);
  CHECK(partitions_of(opened.targets) == std::vector<PartitionId>{1, 0});
  CHECK(opened.targets.back().fetch_offset == 20);
}

TEST_CASE("fetch session: forgotten partitions go, new ones come, offsets change") {
  FetchSessionsFixture f;
  const auto session = f.open_full({0, 1});
  FetchRequest change = request_for(session->id(), 1, {2});
  change.forgotten_topics_data.push_back({.topic = "orders", .topic_id = {}, .partitions = {0}});
  const auto opened = f.cache.open(change, kByName, 0);
  CHECK(partitions_of(opened.targets) == std::vector<PartitionId>{1, 2});
}

TEST_CASE("fetch session: a wrong epoch, an unknown id and a switch to topic ids are told") {
  FetchSessionsFixture f;
  const auto session = f.open_full({0});
  CHECK(f.cache.open(request_for(session->id(), 5, {}), kByName, 0).error ==
        ErrorCode::INVALID_FETCH_SESSION_EPOCH);
  CHECK(f.cache.open(request_for(session->id() ^ 1, 1, {}), kByName, 0).error ==
        ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
  CHECK(f.cache.open(request_for(session->id(), 1, {}), kById, 0).error ==
        ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
}

TEST_CASE("fetch session: epoch -1 closes it and reads without one") {
  FetchSessionsFixture f;
  const auto session = f.open_full({0});
  const auto closed = f.cache.open(request_for(session->id(), -1, {0}), kByName, 0);
  CHECK(closed.session == nullptr);
  CHECK(closed.targets.size() == 1);
  CHECK(f.cache.size() == 0);
}

TEST_CASE("fetch session: a full cache serves without a session until an idle one can go") {
  FetchSessionsFixture f;
  f.open_full({0});
  f.open_full({0});
  CHECK(f.cache.open(request_for(0, 0, {0}), kByName, 1'000).session == nullptr);
  CHECK(f.cache.open(request_for(0, 0, {0}), kByName, FetchSessionCache::kEvictionMs).session !=
        nullptr);
  CHECK(f.cache.size() == 2);
}

TEST_CASE("fetch session: without room for its partitions a fetch is served without a session") {
  SeededRandom random{1};
  FetchSessionCache cache(100, random, 5);
  const auto three = cache.open(request_for(0, 0, {0, 1, 2}), kByName, 0);
  REQUIRE(three.session != nullptr);
  const auto too_much = cache.open(request_for(0, 0, {0, 1, 2}), kByName, 0);
  CHECK(too_much.error == ErrorCode::NONE);
  CHECK(too_much.session == nullptr);
  CHECK(too_much.targets.size() == 3);

  const auto two = cache.open(request_for(0, 0, {0, 1}), kByName, 0);
  REQUIRE(two.session != nullptr);
  SUBCASE("what is forgotten makes room") {
    FetchRequest change = request_for(three.session->id(), 1, {});
    change.forgotten_topics_data.push_back({.topic = "orders", .partitions = {0}});
    CHECK(cache.open(change, kByName, 0).error == ErrorCode::NONE);
    CHECK(cache.open(request_for(0, 0, {7}), kByName, 0).session != nullptr);
    CHECK(cache.open(request_for(0, 0, {7}), kByName, 0).session == nullptr);
  }
  SUBCASE("so does a session that is closed") {
    cache.open(request_for(three.session->id(), -1, {}), kByName, 0);
    CHECK(cache.open(request_for(0, 0, {0, 1, 2}), kByName, 0).session != nullptr);
  }
  SUBCASE("so do idle sessions, and no more of them than it takes") {
    const auto later_ms = FetchSessionCache::kEvictionMs;
    CHECK(cache.open(request_for(two.session->id(), 1, {}), kByName, later_ms).incremental);
    CHECK(cache.open(request_for(0, 0, {0, 1, 2}), kByName, later_ms).session != nullptr);
    CHECK(cache.size() == 2);
  }
  SUBCASE("a session that outgrows the room is gone") {
    const auto grown = cache.open(request_for(two.session->id(), 1, {2}), kByName, 0);
    CHECK(grown.error == ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    CHECK(grown.session == nullptr);
    CHECK(cache.size() == 1);
    CHECK(cache.open(request_for(0, 0, {0, 1}), kByName, 0).session != nullptr);
  }
  SUBCASE("names longer than a topic's count as several") {
    cache.open(request_for(three.session->id(), -1, {}), kByName, 0);
    FetchRequest request = request_for(0, 0, {0});
    request.topics.front().topic.assign(1'000, 'x');
    CHECK(cache.open(request, kByName, 0).session == nullptr);
  }
}

TEST_CASE("fetch session: an incremental reply carries data, errors and moved offsets only") {
  FetchSessionsFixture f;
  const auto session = f.open_full({0});
  const auto target = session->targets().front();
  CHECK(session->wants(target, answer(100)));
  CHECK_FALSE(session->wants(target, answer(100)));
  CHECK(session->wants(target, answer(101)));
  CHECK(session->wants(target, answer(101, as_bytes("records"))));
  auto failed = answer(-1);
  failed.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  CHECK(session->wants(target, failed));
  CHECK(session->wants(target, answer(101)));
}

TEST_CASE("fetch session: a partition that gave data goes to the end, so that all get a turn") {
  FetchSessionsFixture f;
  const auto session = f.open_full({0, 1, 2});
  session->wants(session->targets().front(), answer(100, as_bytes("records")));
  CHECK(partitions_of(session->targets()) == std::vector<PartitionId>{1, 2, 0});
}

TEST_CASE("fetch session: of requests that race for one epoch, one has it") {
  constexpr std::int32_t kEpochs = 300;
  FetchSessionsFixture f;
  const auto session = f.open_full({0, 1});
  std::array<std::atomic<int>, kEpochs + 1> winners{};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::int32_t epoch = 1; epoch <= kEpochs; ++epoch) {
        const FetchRequest request = request_for(session->id(), epoch, {epoch % 7});
        const auto opened = f.cache.open(request, kByName, 0);
        if (opened.error != ErrorCode::NONE) continue;
        winners[static_cast<std::size_t>(epoch)].fetch_add(1);
        const std::lock_guard lock(opened.session->mutex);
        for (const auto& target : opened.targets) opened.session->wants(target, answer(epoch));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::int32_t epoch = 1; epoch <= kEpochs; ++epoch) {
    CHECK(winners[static_cast<std::size_t>(epoch)].load() == 1);
  }
}

TEST_CASE("fetch session: a fetch under way keeps the session that another request closes") {
  FetchSessionsFixture f;
  const auto id = f.open_full({0})->id();
  const auto under_way = f.cache.open(request_for(id, 1, {}), kByName, 0);
  f.cache.open(request_for(id, -1, {}), kByName, 0);
  CHECK(f.cache.size() == 0);
  CHECK(under_way.session->wants(under_way.targets.front(), answer(100)));
}
