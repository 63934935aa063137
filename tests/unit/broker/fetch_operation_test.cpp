#include "broker/fetch_operation.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using test::BrokerFixture;

namespace {

constexpr Version kVersion = 11;
constexpr std::int32_t kLongMs = 60'000;

FetchRequest fetch(std::int32_t min_bytes, std::int32_t max_bytes, std::int32_t max_wait_ms) {
  FetchRequest request;
  request.min_bytes = min_bytes;
  request.max_bytes = max_bytes;
  request.max_wait_ms = max_wait_ms;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  topic.partitions.push_back({.partition = 0, .partition_max_bytes = 1 << 20});
  return request;
}

void append(BrokerFixture& fixture, std::size_t value_bytes, const std::string& topic = "orders") {
  const Bytes value(value_bytes, std::byte{'v'});
  BatchBuilder builder({});
  NewRecord record;
  record.timestamp = fixture.clock().wall_ms();
  record.value = ByteView(value);
  builder.append(record);
  Bytes batch = builder.build();
  const auto log = fixture.catalog().snapshot()->find(topic)->partition(0);
  REQUIRE(log->append(batch, storage::AppendOrigin::kCoordinator).error == ErrorCode::NONE);
  fixture.work();
}

struct FetchOperationFixture : BrokerFixture {
  explicit FetchOperationFixture(const catalog::ConfigMap& settings = {})
      : BrokerFixture(settings) {
    create_topic("orders");
  }
  bool answered() {
    work();
    return !sink().replies.empty();
  }
};

}  // namespace

TEST_CASE("fetch: min bytes above max bytes asks for no more than max bytes") {
  FetchOperationFixture f;
  append(f, 3000);
  f.send<Fetch>(fetch(1 << 20, 2000, kLongMs), kVersion);
  CHECK(f.answered());
}

TEST_CASE("fetch: min bytes above the broker's own limit asks for no more than that") {
  FetchOperationFixture f(catalog::ConfigMap{{"fetch.max.bytes", "1024"}});
  append(f, 3000);
  f.send<Fetch>(fetch(1 << 20, 1 << 20, kLongMs), kVersion);
  CHECK(f.answered());
}

TEST_CASE("fetch: a partition that is not there does not end the wait for the others") {
  FetchOperationFixture f;
  FetchRequest request = fetch(1, 1 << 20, kLongMs);
  auto& topic = request.topics.emplace_back();
  topic.topic = "deleted";
  topic.partitions.push_back({.partition = 0, .partition_max_bytes = 1 << 20});
  f.send<Fetch>(request, kVersion);
  CHECK_FALSE(f.answered());
  append(f, 10);
  CHECK(f.answered());
}

TEST_CASE("fetch: one of nothing but partitions that are not there is answered at once") {
  FetchOperationFixture f;
  FetchRequest request = fetch(1, 1 << 20, kLongMs);
  request.topics.front().topic = "deleted";
  f.send<Fetch>(request, kVersion);
  CHECK(f.answered());
}

TEST_CASE("fetch: a topic that is deleted while somebody waits for it is not a failed disk") {
  for (const Version version : {kVersion, Version{13}}) {
    CAPTURE(version);
    FetchOperationFixture f;
    FetchRequest request = fetch(1, 1 << 20, kLongMs);
    if (version >= 13) request.topics.front().topic_id = f.catalog().snapshot()->find("orders")->id;
    f.send<Fetch>(request, version);
    CHECK_FALSE(f.answered());
    DeleteTopicsRequest deletion;
    deletion.topic_names = {"orders"};
    f.send<DeleteTopics>(deletion, 5);
    f.work();
    REQUIRE(!f.sink().replies.empty());
    const ByteView reply = f.sink().replies.front().second.bytes;
    const std::size_t header_bytes = response_header_version(ApiKey::Fetch, version) == 0 ? 8 : 9;
    WireReader in(reply.subspan(header_bytes));
    FetchResponse response;
    decode(response, version, in);
    REQUIRE(!in.failed());
    CHECK(response.responses.at(0).partitions.at(0).error_code ==
          (version >= 13 ? ErrorCode::UNKNOWN_TOPIC_ID : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
  }
}

TEST_CASE("fetch: an id that no topic has, the zero id too, is UNKNOWN_TOPIC_ID") {
  FetchOperationFixture f;
  FetchRequest request = fetch(0, 1 << 20, 0);
  const auto response = f.call<Fetch>(request, 13);
  CHECK(response.responses.at(0).partitions.at(0).error_code == ErrorCode::UNKNOWN_TOPIC_ID);
}

TEST_CASE("fetch: a last fetched epoch that the log never had is OFFSET_OUT_OF_RANGE") {
  FetchOperationFixture f;
  append(f, 10);
  FetchRequest request = fetch(0, 1 << 20, 0);
  auto& partition = request.topics.front().partitions.front();
  partition.last_fetched_epoch = 7;
  const auto error_of = [&] {
    return f.call<Fetch>(request, 12).responses.at(0).partitions.at(0).error_code;
  };
  CHECK(error_of() == ErrorCode::OFFSET_OUT_OF_RANGE);
  partition.last_fetched_epoch = 0;
  CHECK(error_of() == ErrorCode::NONE);
}

TEST_CASE("fetch: behind the end of the last fetched epoch, the end of that epoch is told") {
  FetchOperationFixture f;
  append(f, 10);
  FetchRequest request = fetch(0, 1 << 20, 0);
  auto& partition = request.topics.front().partitions.front();
  partition.fetch_offset = 99;
  partition.last_fetched_epoch = 0;
  const auto answer = f.call<Fetch>(request, 12).responses.at(0).partitions.at(0);
  CHECK(answer.error_code == ErrorCode::NONE);
  CHECK(answer.diverging_epoch.epoch == 0);
  CHECK(answer.diverging_epoch.end_offset < 99);
  CHECK(answer.diverging_epoch.end_offset == answer.high_watermark);
}

TEST_CASE("fetch: a record for a client that is gone ends the wait and makes no reply") {
  FetchOperationFixture f;
  f.send<Fetch>(fetch(1, 1 << 20, kLongMs), kVersion);
  CHECK_FALSE(f.answered());
  CHECK(f.io().purgatory().size() == 1);
  f.sink().closed = "the peer is gone";
  append(f, 10);
  CHECK(f.io().purgatory().size() == 0);
  CHECK(f.sink().replies.empty());
}

TEST_CASE("fetch: nobody waits for longer than an idle connection may live") {
  FetchOperationFixture f(catalog::ConfigMap{{"connections.max.idle.ms", "5000"}});
  f.send<Fetch>(fetch(1, 1 << 20, 2'000'000'000), kVersion);
  f.clock().advance_ms(4'999);
  CHECK_FALSE(f.answered());
  f.clock().advance_ms(1);
  CHECK(f.answered());
}

TEST_CASE("fetch: a place that only the disk knows is looked up by the reader, not the io thread") {
  FetchOperationFixture f;
  f.create_topic("sealed", 1, {{"segment.bytes", "1048576"}});
  constexpr std::size_t kSegments = 2 * BrokerFixture::kOpenSegmentsMax;
  for (std::size_t i = 0; i < kSegments; ++i) append(f, 700'000, "sealed");
  FetchRequest request = fetch(1, 1 << 20, 0);
  request.topics.front().topic = "sealed";
  f.send<Fetch>(request, kVersion);
  CHECK(f.sink().replies.empty());
  CHECK(f.answered());
  const auto found = f.call<Fetch>(request, kVersion);
  CHECK(found.responses.front().partitions.front().records.size_bytes() > 700'000);
}

TEST_CASE("fetch: a client that says it is a follower is closed (CVE-2018-1288)") {
  constexpr MessageVersions kVersions = FetchRequest::versions;
  for (Version version = kVersions.min; version <= kVersions.max; ++version) {
    CAPTURE(version);
    FetchOperationFixture f;
    append(f, 10);
    FetchRequest request = fetch(1, 2000, 0);
    request.topics.front().topic_id = f.catalog().snapshot()->find("orders")->id;
    (version < 15 ? request.replica_id : request.replica_state.replica_id) = 2;
    f.send<Fetch>(request, version);
    f.work();
    CHECK(f.sink().replies.empty());
    CHECK(f.sink().closed.has_value());
  }
}
