#include <doctest/doctest.h>

#include "base/random.hpp"
#include "catalog/records.hpp"
#include "catalog/state.hpp"

using namespace kreel;
using namespace kreel::catalog;

namespace {

SeededRandom g_random(3);

std::vector<Record> one_of_each() {
  const Uuid id = Uuid::random(g_random);
  return {TopicAdded{"orders", id, true, 3, {{"retention.ms", "5"}, {"cleanup.policy", ""}}},
          TopicDeleted{id},
          LogsRemoved{id},
          PartitionsAdded{id, 9},
          TopicConfigsSet{id, {{"segment.ms", "7"}}},
          BrokerConfigsSet{true, {{"log.retention.ms", "1"}}},
          GroupConfigsSet{"g", {{"share.isolation.level", "read_committed"}}},
          LogStartMoved{id, 2, 1'234'567'890'123},
          ProducerIdsReserved{5'000},
          ScramCredentialSet{"app", 2, {std::string("s\0t", 3), "stored", "server", 8192}},
          ScramCredentialRemoved{"app", 1},
          ClientQuotaSet{{{"user", "app"}, {"client-id", std::nullopt}}, "request_percentage", 2.5},
          ClientQuotaRemoved{{{"ip", "10.0.0.1"}}, "connection_creation_rate"},
          AclAdded{{.name = "orders", .principal = "User:app"}},
          AclRemoved{{.resource = AclResource::kGroup,
                      .name = "b",
                      .pattern = AclPattern::kPrefixed,
                      .principal = "User:*",
                      .host = "::1",
                      .operation = AclOperation::kTwoPhaseCommit,
                      .permission = AclPermission::kDeny}}};
}

}  // namespace

TEST_CASE("catalog records: every kind is read back as it was written") {
  const auto records = one_of_each();
  REQUIRE(records.size() == std::variant_size_v<Record>);
  const auto read = decode_records(encode_records(records));
  REQUIRE(read.has_value());
  CHECK(*read == records);
  CHECK(decode_records(encode_records({}))->empty());
}

TEST_CASE("catalog records: bytes that are cut short or changed are refused or read, never worse") {
  const Bytes whole = encode_records(one_of_each());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(!decode_records(ByteView(whole).first(size)).has_value());
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] = std::byte{0xff};
    static_cast<void>(decode_records(changed));
  }
  Bytes longer = whole;
  longer.push_back(std::byte{0});
  CHECK(!decode_records(longer).has_value());
}

TEST_CASE("catalog state: its own records make it again") {
  State state;
  const Uuid first = Uuid::random(g_random);
  const Uuid second = Uuid::random(g_random);
  const Uuid gone = Uuid::random(g_random);
  for (const Record& record : std::vector<Record>{
           TopicAdded{"a", first, false, 2, {{"retention.ms", "5"}}},
           TopicAdded{"b", gone, false, 1, {}}, TopicDeleted{gone},
           TopicAdded{"b", second, true, 1, {}}, PartitionsAdded{second, 4},
           LogStartMoved{second, 3, 77}, LogStartMoved{second, 3, 78},
           TopicConfigsSet{first, {{"segment.ms", "9"}}}, BrokerConfigsSet{false, {{"x", "1"}}},
           BrokerConfigsSet{true, {{"y", "2"}}},
           GroupConfigsSet{"g", {{"share.session.timeout.ms", "50000"}}},
           GroupConfigsSet{"h", {{"share.session.timeout.ms", "50000"}}}, GroupConfigsSet{"h", {}},
           ProducerIdsReserved{3'000}, ClientQuotaSet{{{"user", "app"}}, "producer_byte_rate", 1},
           ClientQuotaSet{{{"user", "app"}}, "producer_byte_rate", 2},
           ClientQuotaSet{{{"user", std::nullopt}}, "producer_byte_rate", 3},
           ClientQuotaRemoved{{{"user", std::nullopt}}, "producer_byte_rate"}}) {
    REQUIRE(state.apply(record).has_value());
  }
  CHECK(state.topics.at("b").log_starts.at(3) == 78);
  CHECK(state.topics.at("a").overrides == ConfigMap{{"segment.ms", "9"}});
  CHECK(state.leftovers.at(gone).name == "b");
  CHECK(state.group_overrides == GroupConfigs{{"g", {{"share.session.timeout.ms", "50000"}}}});
  CHECK(state.quotas == ClientQuotas{{{{"user", "app"}}, {{"producer_byte_rate", 2}}}});
  State again;
  for (const Record& record : state.to_records()) REQUIRE(again.apply(record).has_value());
  CHECK(again == state);
  REQUIRE(again.apply(LogsRemoved{gone}).has_value());
  CHECK(again.leftovers.empty());
}

TEST_CASE("catalog state: a record that contradicts those before it is refused") {
  State state;
  const Uuid id = Uuid::random(g_random);
  const Uuid other = Uuid::random(g_random);
  REQUIRE(state.apply(TopicAdded{"a", id, false, 2, {}}).has_value());
  REQUIRE(state.apply(ProducerIdsReserved{1'000}).has_value());
  const State before = state;
  for (const Record& record : std::vector<Record>{
           TopicAdded{"a", other, false, 1, {}}, TopicAdded{"b", id, false, 1, {}},
           TopicAdded{"b", other, false, 0, {}}, TopicDeleted{other}, LogsRemoved{id},
           PartitionsAdded{id, 2}, TopicConfigsSet{other, {}}, LogStartMoved{id, 2, 0},
           LogStartMoved{id, -1, 0}, LogStartMoved{other, 0, 0}, ProducerIdsReserved{999},
           ClientQuotaRemoved{{{"user", "app"}}, "producer_byte_rate"}}) {
    CHECK(!state.apply(record).has_value());
    CHECK(state == before);
  }
}
