// Quotas on real connections: what is held, and that nothing else is.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "unit/net/net_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using test::NetFixture;
using test::RawClient;
using test::wait_until;

namespace {

constexpr Version kProduceVersion = 8;
constexpr Version kVersionsVersion = 2;
constexpr Version kMetadataVersion = 5;

bool gets_versions(RawClient& client) {
  return client.call<ApiVersions>({}, kVersionsVersion).has_value();
}

/// Through the protocol, as anybody would.
void set_quota(NetFixture& net, const std::string& type, std::optional<std::string> name,
               const std::string& key, double value, bool remove = false) {
  RawClient client(net.address());
  AlterClientQuotasRequest request;
  auto& entry = request.entries.emplace_back();
  entry.entity.push_back({type, std::move(name)});
  entry.ops.push_back({.key = key, .value = value, .remove = remove});
  const auto response = client.call<AlterClientQuotas>(request, 1);
  REQUIRE(response);
  REQUIRE(response->entries.at(0).error_code == ErrorCode::NONE);
}

struct Producing {
  explicit Producing(std::size_t value_bytes) {
    const Bytes value(value_bytes, std::byte{'v'});
    BatchBuilder builder({});
    NewRecord record;
    record.timestamp = system_clock().wall_ms();
    record.value = ByteView(value);
    builder.append(record);
    batch = builder.build();
    request.acks = 1;
    request.timeout_ms = 1'000;
    auto& data = request.topic_data.emplace_back();
    data.name = "orders";
    data.partition_data.push_back({.index = 0, .records = Records::memory(batch, nullptr)});
  }
  Bytes batch;
  ProduceRequest request;
};

std::uint64_t throttled(NetFixture& net) {
  std::uint64_t count = 0;
  for (const auto& api : net.thread(0).io->metrics().apis) count += api.throttled.value();
  return count;
}

}  // namespace

TEST_CASE("throttle: a client that does not wait is made to") {
  NetFixture f;
  set_quota(f, "client-id", "test", "producer_byte_rate", 10'000);
  RawClient client(f.address());
  const Producing producing(105'000);
  // The next requests come with the first, which are too much together.
  Bytes all = client.frame<Produce>(producing.request, kProduceVersion);
  const Bytes next = client.frame<ApiVersions>({}, kVersionsVersion);
  all.insert(all.end(), next.begin(), next.end());
  all.insert(all.end(), next.begin(), next.end());
  client.send_bytes(all);
  const auto begun = std::chrono::steady_clock::now();
  const auto produced = client.receive<Produce>(kProduceVersion);
  REQUIRE(produced);
  CHECK(produced->responses.at(0).partition_responses.at(0).error_code == ErrorCode::NONE);
  CHECK(produced->throttle_time_ms >= 400);
  CHECK(client.receive<ApiVersions>(kVersionsVersion).has_value());
  const auto waited = std::chrono::steady_clock::now() - begun;
  // The broker began to count a little before the client did.
  CHECK(waited >= std::chrono::milliseconds(produced->throttle_time_ms / 2));
  CHECK(client.receive<ApiVersions>(kVersionsVersion).has_value());
  CHECK(gets_versions(client));
  CHECK(throttled(f) == 1);
}

TEST_CASE("throttle: others are served meanwhile, and who is held can be closed") {
  NetFixture f;
  set_quota(f, "client-id", "test", "producer_byte_rate", 10);
  RawClient held(f.address());
  const Producing producing(10'000);
  const auto produced = held.call<Produce>(producing.request, kProduceVersion);
  REQUIRE(produced);
  CHECK(produced->throttle_time_ms > 600'000);
  held.send<Metadata>({}, kMetadataVersion);
  for (int i = 0; i < 20; ++i) {
    RawClient other(f.address());
    CHECK(gets_versions(other));
    CHECK(other.call<Metadata>({}, kMetadataVersion).has_value());
  }
  CHECK(held.silent_for_ms(50));
  CHECK(throttled(f) == 1);
  f.check_idle(600'001, 600'000);
  CHECK(held.closed_by_broker());
  CHECK(f.connection_count() == 0);
}

TEST_CASE("throttle: a held connection does not keep the memory of half a request") {
  NetFixture f{{.memory_bytes = 64 * 1024}};
  set_quota(f, "client-id", "test", "producer_byte_rate", 10);
  RawClient held(f.address());
  const Producing producing(10'000);
  Bytes all = held.frame<Produce>(producing.request, kProduceVersion);
  Bytes large = held.frame<ApiVersions>({}, kVersionsVersion);
  large.resize(256 * 1024);
  store_big_endian(large.data(), static_cast<std::int32_t>(large.size() - 4));
  all.insert(all.end(), large.begin(), large.begin() + 128 * 1024);
  held.send_bytes(all);
  REQUIRE(held.receive<Produce>(kProduceVersion).has_value());
  RawClient other(f.address());
  other.send_bytes(large);
  CHECK(other.receive<ApiVersions>(kVersionsVersion).has_value());
}

TEST_CASE("throttle: connections above the rate of their address are left waiting, then closed") {
  NetFixture f;
  set_quota(f, "ip", std::nullopt, "connection_creation_rate", 1);
  std::vector<std::unique_ptr<RawClient>> clients;
  // Ten windows' worth at once; each of the others has to wait.
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RawClient>(f.address()));
    CHECK(gets_versions(*clients.back()));
  }
  bool turned_away = false;
  // On a machine that stands still a window may have passed.
  for (int i = 0; i < 30 && !turned_away; ++i) {
    clients.push_back(std::make_unique<RawClient>(f.address()));
    turned_away = !gets_versions(*clients.back());
  }
  CHECK(turned_away);
  CHECK(gets_versions(*clients.front()));
}
