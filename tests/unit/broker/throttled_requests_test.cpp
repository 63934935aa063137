// What quotas do to requests: throttle_time_ms in the answer, and the connection held.
#include <doctest/doctest.h>

#include "broker/quotas.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;

namespace {

constexpr Version kProduceVersion = 9;
constexpr Version kFetchVersion = 12;
/// All windows: nothing of before counts any more.
constexpr std::int64_t kWindowsMs = 11'000;

struct ThrottledBroker : test::BrokerFixture {
  ThrottledBroker() { create_topic("orders"); }

  void limit(std::string_view key, double value) {
    const auto changed = catalog().change_quotas(
        {{.entity = {{"user", "ANONYMOUS"}}, .values = {{std::string(key), value}}}});
    REQUIRE(changed.ok());
    broker().quotas().set(*catalog().snapshot()->quotas());
  }
  ProduceRequest produce_request(std::size_t value_bytes, std::int16_t acks = -1) {
    const Bytes value(value_bytes, std::byte{'v'});
    BatchBuilder builder({});
    NewRecord record;
    record.timestamp = clock().wall_ms();
    record.value = ByteView(value);
    builder.append(record);
    batch_ = builder.build();
    ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = 1'000;
    auto& data = request.topic_data.emplace_back();
    data.name = "orders";
    data.partition_data.push_back({.index = 0, .records = Records::memory(batch_, nullptr)});
    return request;
  }
  ProduceResponse produce(std::size_t value_bytes) {
    return call<Produce>(produce_request(value_bytes), kProduceVersion);
  }
  FetchRequest fetch_request(Offset from, std::int32_t session_id = 0, std::int32_t epoch = -1) {
    FetchRequest request;
    request.max_wait_ms = 0;
    request.max_bytes = 1 << 30;
    request.session_id = session_id;
    request.session_epoch = epoch;
    auto& topic = request.topics.emplace_back();
    topic.topic = "orders";
    topic.partitions.push_back(
        {.partition = 0, .fetch_offset = from, .partition_max_bytes = 1 << 30});
    return request;
  }
  FetchResponse fetch(const FetchRequest& request) { return call<Fetch>(request, kFetchVersion); }

  std::int32_t last_throttle() { return sink().throttles.empty() ? 0 : sink().throttles.back(); }

 private:
  Bytes batch_;
};

CreateTopicsRequest new_topic(const std::string& name, std::int32_t partitions) {
  CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = 1;
  return request;
}

}  // namespace

TEST_CASE("throttled requests: without a quota nobody waits") {
  ThrottledBroker f;
  CHECK(f.produce(1'000'000).throttle_time_ms == 0);
  CHECK(f.fetch(f.fetch_request(0)).throttle_time_ms == 0);
  CHECK(f.sink().throttles.empty());
}

TEST_CASE("throttled requests: a Produce above the quota is done, and its client waits") {
  ThrottledBroker f;
  f.limit(catalog::kProducerByteRate, 1'000);
  CHECK(f.produce(5'000).throttle_time_ms == 0);
  CHECK(f.sink().throttles.empty());
  const auto response = f.produce(15'000);
  CHECK(response.responses.at(0).partition_responses.at(0).error_code == ErrorCode::NONE);
  // 20,000 bytes and some headers in ten seconds, twice the quota.
  CHECK(response.throttle_time_ms > 10'000);
  CHECK(response.throttle_time_ms < 10'500);
  CHECK(f.last_throttle() == response.throttle_time_ms);
  CHECK(f.sink().throttles.size() == 1);
  CHECK(f.catalog().snapshot()->find("orders")->partition(0)->offsets().high_watermark == 2);
  f.clock().advance_ms(kWindowsMs);
  CHECK(f.produce(10).throttle_time_ms == 0);
}

TEST_CASE("throttled requests: the connection is held before the records are on the disk") {
  ThrottledBroker f;
  f.limit(catalog::kProducerByteRate, 10);
  f.send<Produce>(f.produce_request(5'000), kProduceVersion);
  CHECK(f.sink().replies.empty());
  CHECK(f.last_throttle() > 0);
  f.work();
  CHECK(f.sink().replies.size() == 1);
  CHECK(f.sink().throttles.size() == 1);
}

TEST_CASE("throttled requests: a producer without answers is held as well") {
  ThrottledBroker f;
  f.limit(catalog::kProducerByteRate, 10);
  f.send<Produce>(f.produce_request(5'000, 0), kProduceVersion);
  f.work();
  CHECK(f.sink().silent.size() == 1);
  CHECK(f.last_throttle() > 0);
}

TEST_CASE("throttled requests: a producer that obeys comes to the quota in the long run") {
  ThrottledBroker f;
  f.limit(catalog::kProducerByteRate, 10'000);
  const std::int64_t begun_ms = f.clock().monotonic_ms();
  double bytes = 0;
  while (f.clock().monotonic_ms() - begun_ms < 120'000) {
    const std::int32_t wait_ms = f.produce(20'000).throttle_time_ms;
    bytes += 20'000;
    f.clock().advance_ms(wait_ms + 10);
  }
  const double seconds = static_cast<double>(f.clock().monotonic_ms() - begun_ms) / 1'000;
  CHECK(bytes / seconds < 12'000);
  CHECK(bytes / seconds > 8'000);
}

TEST_CASE("throttled requests: a Fetch above the quota is empty, and brings it all later") {
  ThrottledBroker f;
  for (int i = 0; i < 3; ++i) f.produce(4'000);
  f.limit(catalog::kConsumerByteRate, 1'000);
  // No more than the windows allow is read at all: two of three batches.
  const auto first = f.fetch(f.fetch_request(0));
  CHECK(first.throttle_time_ms == 0);
  const std::size_t bytes = first.responses.at(0).partitions.at(0).records.size_bytes();
  CHECK(bytes > 8'000);
  CHECK(bytes <= 10'000);
  const auto second = f.fetch(f.fetch_request(2));
  CHECK(second.throttle_time_ms > 0);
  CHECK(second.responses.empty());
  CHECK(second.error_code == ErrorCode::NONE);
  CHECK(f.last_throttle() == second.throttle_time_ms);
  f.clock().advance_ms(kWindowsMs);
  const auto third = f.fetch(f.fetch_request(2));
  CHECK(third.throttle_time_ms == 0);
  CHECK(third.responses.at(0).partitions.at(0).records.size_bytes() > 4'000);
}

TEST_CASE("throttled requests: a Fetch that finds nothing costs nothing") {
  ThrottledBroker f;
  f.limit(catalog::kConsumerByteRate, 1);
  for (int i = 0; i < 100; ++i) CHECK(f.fetch(f.fetch_request(0)).throttle_time_ms == 0);
}

TEST_CASE("throttled requests: a fetch session lives through a throttled answer") {
  ThrottledBroker f;
  f.produce(4'000);
  f.limit(catalog::kConsumerByteRate, 500);
  const auto full = f.fetch(f.fetch_request(0, 0, 0));
  REQUIRE(full.session_id != 0);
  CHECK(full.throttle_time_ms == 0);
  f.produce(4'000);
  FetchRequest next = f.fetch_request(1, full.session_id, 1);
  const auto throttled = f.fetch(next);
  CHECK(throttled.throttle_time_ms > 0);
  CHECK(throttled.session_id == full.session_id);
  CHECK(throttled.responses.empty());
  f.clock().advance_ms(kWindowsMs);
  next = f.fetch_request(1, full.session_id, 2);
  next.topics.clear();
  const auto data = f.fetch(next);
  CHECK(data.error_code == ErrorCode::NONE);
  CHECK(data.responses.at(0).partitions.at(0).records.size_bytes() > 4'000);
}

TEST_CASE("throttled requests: a session that its client was not told of is closed") {
  ThrottledBroker f;
  for (int i = 0; i < 2; ++i) f.produce(4'000);
  f.limit(catalog::kConsumerByteRate, 500);
  REQUIRE(f.fetch(f.fetch_request(0)).throttle_time_ms == 0);
  for (int i = 0; i < 3; ++i) {
    const auto throttled = f.fetch(f.fetch_request(1, 0, 0));
    CHECK(throttled.throttle_time_ms > 0);
    CHECK(throttled.session_id == 0);
  }
  CHECK(f.broker().fetch_sessions().size() == 0);
}

TEST_CASE("throttled requests: topics above the rate of mutations are refused to new clients") {
  ThrottledBroker f;
  f.limit(catalog::kControllerMutationRate, 1);
  // Eleven seconds' worth at once; and then what was taken too much is waited for.
  CHECK(f.call<CreateTopics>(new_topic("a", 15), 6).throttle_time_ms == 0);
  const auto refused = f.call<CreateTopics>(new_topic("b", 1), 6);
  CHECK(refused.topics.at(0).error_code == ErrorCode::THROTTLING_QUOTA_EXCEEDED);
  CHECK(refused.throttle_time_ms == 4'000);
  CHECK(f.last_throttle() == 4'000);
  CHECK(f.catalog().snapshot()->find("b") == nullptr);

  CreatePartitionsRequest more;
  more.topics.push_back({.name = "a", .count = 16, .assignments = std::nullopt});
  CHECK(f.call<CreatePartitions>(more, 3).results.at(0).error_code ==
        ErrorCode::THROTTLING_QUOTA_EXCEEDED);
  DeleteTopicsRequest gone;
  gone.topic_names = {"a"};
  CHECK(f.call<DeleteTopics>(gone, 5).responses.at(0).error_code ==
        ErrorCode::THROTTLING_QUOTA_EXCEEDED);
  CHECK(f.catalog().snapshot()->find("a")->partitions.size() == 15);
  f.clock().advance_ms(4'000);
  CHECK(f.call<CreatePartitions>(more, 3).results.at(0).error_code == ErrorCode::NONE);
}

TEST_CASE("throttled requests: topics above the rate of mutations make old clients wait") {
  ThrottledBroker f;
  f.limit(catalog::kControllerMutationRate, 1);
  const auto created = f.call<CreateTopics>(new_topic("a", 15), 5);
  CHECK(created.topics.at(0).error_code == ErrorCode::NONE);
  CHECK(created.throttle_time_ms == 4'000);
  CreatePartitionsRequest more;
  more.topics.push_back({.name = "a", .count = 16, .assignments = std::nullopt});
  const auto added = f.call<CreatePartitions>(more, 2);
  CHECK(added.results.at(0).error_code == ErrorCode::NONE);
  CHECK(added.throttle_time_ms == 5'000);
  DeleteTopicsRequest gone;
  gone.topic_names = {"a"};
  const auto deleted = f.call<DeleteTopics>(gone, 4);
  CHECK(deleted.responses.at(0).error_code == ErrorCode::NONE);
  CHECK(deleted.throttle_time_ms == 21'000);
}

TEST_CASE("throttled requests: what cannot be created takes nothing of the quota") {
  ThrottledBroker f;
  f.limit(catalog::kControllerMutationRate, 1);
  for (int i = 0; i < 20; ++i) f.call<CreateTopics>(new_topic("orders", 100), 6);
  CHECK(f.call<CreateTopics>(new_topic("a", 1), 6).topics.at(0).error_code == ErrorCode::NONE);
}

TEST_CASE("throttled requests: any answer tells the wait for a request's time") {
  ThrottledBroker f;
  f.limit(catalog::kRequestPercentage, 1);
  // Somebody else's connections have used it up.
  f.broker().quotas().note(broker::QuotaKind::kRequest, {"ANONYMOUS", "x"}, 100'000);
  CHECK(f.call<Metadata>({}, 9).throttle_time_ms == 1'000);
  CHECK(f.last_throttle() == 1'000);
  // An old version has no field for it; the connection is held all the same.
  f.call<Metadata>({}, 2);
  CHECK(f.sink().throttles.size() == 2);
  const auto fetched = f.fetch(f.fetch_request(0));
  CHECK(fetched.throttle_time_ms == 1'000);
  CHECK(f.produce(10).throttle_time_ms == 1'000);
  // Logging in is not charged.
  SaslHandshakeRequest handshake;
  handshake.mechanism = "PLAIN";
  f.call<SaslHandshake>(handshake, 1);
  CHECK(f.sink().throttles.size() == 4);
}

TEST_CASE("throttled requests: a user's quota is that of his principal") {
  ThrottledBroker f;
  f.connection().principal = "User:CN=app,O=x";
  REQUIRE(f.catalog()
              .change_quotas({{.entity = {{"user", "CN=app,O=x"}},
                               .values = {{std::string(catalog::kProducerByteRate), 1.0}}}})
              .ok());
  f.kill_and_restart();
  f.connection().principal = "User:CN=app,O=x";
  CHECK(f.produce(1'000).throttle_time_ms > 0);
  f.connection().principal = "User:bob";
  CHECK(f.produce(1'000).throttle_time_ms == 0);
}
