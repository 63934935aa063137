#include "broker/faults.hpp"

#include <array>

#include <doctest/doctest.h>

#include "broker/dispatch.hpp"
#include "unit/broker/records_of_broker.hpp"

using namespace kreel;
using namespace kreel::broker;
using namespace kreel::protocol;

namespace {

void add(test::BrokerFixture& fixture, const Result<FaultRule>& rule) {
  REQUIRE_MESSAGE(rule.has_value(), rule.error().message());
  REQUIRE(fixture.broker().faults().add(std::array{*rule}));
}

MetadataRequest ask_for(const std::string& topic) {
  MetadataRequest request;
  request.topics = {{.topic_id = {}, .name = topic}};
  return request;
}

ErrorCode topic_error(test::BrokerFixture& fixture) {
  return fixture.call<Metadata>(ask_for("orders")).topics.at(0).error_code;
}

/// Every version of one API with the error; how many replies carry it somewhere.
template <class Api>
std::size_t versions_with_error(test::BrokerFixture& fixture) {
  const ApiInfo& api = api_info(static_cast<ApiKey>(Api::key));
  std::size_t answered = 0;
  for (Version version = api.min; version <= api.max; ++version) {
    CAPTURE(api.name);
    CAPTURE(version);
    typename Api::Request request;
    if constexpr (std::is_same_v<Api, Produce>) request.acks = 1;
    if constexpr (std::is_same_v<Api, ApiVersions>) {
      if (version >= 3) request.client_software_name = request.client_software_version = "1";
    }
    fixture.call<Api>(request, version);
    ++answered;
  }
  return answered;
}

}  // namespace

TEST_CASE("faults: what a person writes is read, and a misspelt name has the nearest") {
  const auto error = parse_error_fault("produce:NOT_LEADER_OR_FOLLOWER:3");
  REQUIRE(error);
  CHECK(error->api == ApiKey::Produce);
  CHECK(error->error == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(error->left == 3U);
  CHECK(parse_error_fault("ListOffsets:not_leader_or_follower")->api == ApiKey::ListOffsets);
  CHECK(parse_error_fault("list-offsets:REQUEST_TIMED_OUT")->left == std::nullopt);
  CHECK(parse_error_fault("all:UNKNOWN_SERVER_ERROR")->api == std::nullopt);
  CHECK(parse_latency_fault("fetch=100ms-1s")->latency_max_ms == 1000);
  CHECK(parse_latency_fault("Fetch=200ms")->latency_min_ms == 200);
  CHECK(parse_drop_fault("0.5%")->drop_share == doctest::Approx(0.005));

  CHECK(parse_error_fault("prodcue:REQUEST_TIMED_OUT").error().hint() == "did you mean produce?");
  CHECK(parse_error_fault("produce:NOT_LEADER_OR_FOLOWER").error().hint() ==
        "did you mean NOT_LEADER_OR_FOLLOWER?");
  for (const char* text : {"", "produce", "produce:NONE", "produce:NOT_LEADER_OR_FOLLOWER:0",
                           "produce:NOT_LEADER_OR_FOLLOWER:x", "a:b:c:d"}) {
    CAPTURE(text);
    const auto refused = parse_error_fault(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind() == ErrorKind::kUsage);
  }
  for (const char* text : {"fetch", "fetch=", "fetch=200", "fetch=2s-1s", "nix=1s", "fetch=1d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_latency_fault(text));
  }
  for (const char* text : {"1", "0%", "101%", "-1%", "x%", "%", "nan%"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_drop_fault(text));
  }
}

TEST_CASE("faults: an error is answered as often as asked, then the broker is well again") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  CHECK_FALSE(fixture.broker().faults().any());
  add(fixture, parse_error_fault("metadata:LEADER_NOT_AVAILABLE:2"));
  add(fixture, parse_error_fault("metadata:REQUEST_TIMED_OUT:1"));
  CHECK(topic_error(fixture) == ErrorCode::LEADER_NOT_AVAILABLE);
  CHECK(topic_error(fixture) == ErrorCode::LEADER_NOT_AVAILABLE);
  CHECK(topic_error(fixture) == ErrorCode::REQUEST_TIMED_OUT);
  CHECK_FALSE(fixture.broker().faults().any());
  CHECK(topic_error(fixture) == ErrorCode::NONE);
  const auto list = fixture.broker().faults().list();
  REQUIRE(list.size() == 2);
  CHECK(list[0].hits == 2);
  CHECK(list[0].rule.left == 0U);
  CHECK(list[1].id == 2);
}

TEST_CASE("faults: other APIs, and the client that ends the outage, are spared") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  add(fixture, parse_error_fault("produce:NOT_LEADER_OR_FOLLOWER"));
  CHECK(topic_error(fixture) == ErrorCode::NONE);
  CHECK(fixture.broker().faults().list()[0].hits == 0);
}

TEST_CASE("faults: a Produce that is refused names every partition and appends nothing") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders", 2);
  add(fixture, parse_error_fault("produce:NOT_LEADER_OR_FOLLOWER"));
  ProduceRequest request;
  request.acks = -1;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "orders";
  topic.partition_data.resize(2);
  topic.partition_data[1].index = 1;
  const auto reply = fixture.call<Produce>(request, 9);
  REQUIRE(reply.responses.size() == 1);
  CHECK(reply.responses[0].name == "orders");
  REQUIRE(reply.responses[0].partition_responses.size() == 2);
  for (const auto& partition : reply.responses[0].partition_responses) {
    CHECK(partition.error_code == ErrorCode::NOT_LEADER_OR_FOLLOWER);
    CHECK(partition.base_offset == -1);
  }
  CHECK(reply.responses[0].partition_responses[1].index == 1);
}

TEST_CASE("faults: what a new producer sent behind a refused Produce does not go in front of it") {
  test::RecordsOfBroker fixture;
  fixture.create_topic("orders");
  add(fixture, parse_error_fault("produce:NOT_LEADER_OR_FOLLOWER:1"));
  CHECK(fixture.try_produce_sequence("orders", 0, 0) == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(fixture.try_produce_sequence("orders", 0, 1) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(fixture.try_produce_sequence("orders", 0, 0) == ErrorCode::NONE);
  CHECK(fixture.try_produce_sequence("orders", 0, 1) == ErrorCode::NONE);
}

TEST_CASE("faults: an incremental fetch gets the error for all partitions of its session") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders", 2);
  FetchRequest request;
  request.replica_id = -1;
  request.session_epoch = 0;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  topic.partitions.resize(2);
  topic.partitions[1].partition = 1;
  for (auto& partition : topic.partitions) partition.partition_max_bytes = 1 << 20;
  const auto first = fixture.call<Fetch>(request, 11);
  REQUIRE(first.session_id != 0);
  add(fixture, parse_error_fault("fetch:NOT_LEADER_OR_FOLLOWER:1"));
  FetchRequest next;
  next.replica_id = -1;
  next.session_id = first.session_id;
  next.session_epoch = 1;
  const auto second = fixture.call<Fetch>(next, 11);
  CHECK(second.error_code == ErrorCode::NONE);
  CHECK(second.session_id == first.session_id);
  REQUIRE(second.responses.size() == 1);
  REQUIRE(second.responses[0].partitions.size() == 2);
  CHECK(second.responses[0].partitions[1].error_code == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  next.session_epoch = 2;
  CHECK(fixture.call<Fetch>(next, 11).error_code == ErrorCode::NONE);
}

TEST_CASE("faults: every version of every API can answer with an error") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  add(fixture, parse_error_fault("all:REQUEST_TIMED_OUT"));
  std::size_t answered = 0;
#define KREEL_SERVED_API(Name, file) answered += versions_with_error<Name>(fixture);
#include "protocol/apis.def"
#undef KREEL_SERVED_API
  CHECK(fixture.broker().faults().list()[0].hits == answered);
  CHECK(answered > 100);
}

TEST_CASE("faults: latency holds the reply back, and nothing else") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  add(fixture, parse_latency_fault("metadata=200ms"));
  const std::int64_t begin_ms = fixture.clock().monotonic_ms();
  CHECK(topic_error(fixture) == ErrorCode::NONE);
  CHECK(fixture.clock().monotonic_ms() - begin_ms >= 200);
  const std::int64_t then_ms = fixture.clock().monotonic_ms();
  fixture.call<ListGroups>({});
  CHECK(fixture.clock().monotonic_ms() - then_ms < 200);
}

TEST_CASE("faults: a later latency of an API takes the earlier one's place") {
  test::BrokerFixture fixture;
  Faults& faults = fixture.broker().faults();
  add(fixture, parse_latency_fault("fetch=1s"));
  add(fixture, parse_latency_fault("fetch=2s"));
  add(fixture, parse_latency_fault("all=3s"));
  add(fixture, parse_drop_fault("1%"));
  add(fixture, parse_drop_fault("2%"));
  CHECK(faults.list().size() == 3);
  CHECK(faults.judge(ApiKey::Fetch).delay_ms == 5000);
  REQUIRE(faults.remove(2));
  CHECK(faults.remove(2).error().kind() == ErrorKind::kNotFound);
  faults.clear();
  CHECK_FALSE(faults.any());
}

TEST_CASE("faults: a share of all requests is dropped, before or after they are done") {
  SeededRandom random(7);
  Faults faults(random);
  REQUIRE(faults.add(std::array{*parse_drop_fault("10%")}));
  int requests = 0;
  int replies = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto drop = faults.judge(ApiKey::Fetch).drop;
    requests += drop == Faults::Verdict::Drop::kRequest ? 1 : 0;
    replies += drop == Faults::Verdict::Drop::kReply ? 1 : 0;
  }
  CHECK(requests + replies == doctest::Approx(1000).epsilon(0.1));
  CHECK(requests == doctest::Approx(500).epsilon(0.2));
}

TEST_CASE("faults: a dropped reply closes the connection after the work was done") {
  test::BrokerFixture fixture;
  Faults::Verdict verdict;
  verdict.drop = Faults::Verdict::Drop::kReply;
  const auto sink = std::make_shared<test::RecordingSink>();
  test::ManualClock clock;
  test::ManualExecutor executor(clock);
  with_faults(sink, executor, verdict)->reply(1, {});
  CHECK(sink->closed.has_value());
  CHECK(sink->replies.empty());
}

TEST_CASE("faults: the number of rules is bounded, and a refused change changes nothing") {
  SeededRandom random(7);
  Faults faults(random);
  const std::vector<FaultRule> many(Faults::kRulesMax, *parse_error_fault("all:CORRUPT_MESSAGE"));
  REQUIRE(faults.add(many));
  const auto refused = faults.add(std::array{*parse_drop_fault("1%")});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::kRefused);
  CHECK(faults.list().size() == Faults::kRulesMax);
}
