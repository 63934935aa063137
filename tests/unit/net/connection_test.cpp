#include "net/connection.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "net/limits.hpp"
#include "support/captured_log.hpp"
#include "unit/net/net_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using test::NetFixture;
using test::RawClient;
using test::wait_until;

namespace {

constexpr Version kFetchVersion = 11;
constexpr Version kApiVersionsVersion = 2;
constexpr std::size_t kMebibyte = std::size_t{1} << 20;

bool answers(RawClient& client) {
  return client.call<ApiVersions>({}, kApiVersionsVersion).has_value();
}

/// An ApiVersions request of this size: what follows the body is ignored.
Bytes large_request(RawClient& client, std::size_t size_bytes) {
  Bytes frame = client.frame<ApiVersions>({}, kApiVersionsVersion);
  frame.resize(size_bytes);
  store_big_endian(frame.data(), static_cast<std::int32_t>(size_bytes - sizeof(std::int32_t)));
  return frame;
}

/// Two clients whose requests are half here, together more than the memory; the first may overdraw.
struct ShortOfMemory {
  static constexpr std::size_t kRequestBytes = 256 * 1024;

  NetFixture net{{.memory_bytes = 64 * 1024}};
  RawClient first{net.address()};
  RawClient second{net.address()};
  Bytes first_request;
  Bytes second_request;

  ShortOfMemory() {
    REQUIRE(answers(first));
    REQUIRE(answers(second));
    first_request = large_request(first, kRequestBytes);
    second_request = large_request(second, kRequestBytes);
    first.send_bytes(ByteView(first_request).first(kRequestBytes / 2));
    wait_until("the first one overdraws", [this] { return overdrawn(); });
    second.send_bytes(ByteView(second_request).first(kRequestBytes / 2));
    wait_until("memory is short", [this] { return net.memory().exhausted(); });
  }

  bool overdrawn() {
    bool held = false;
    net.on_thread(0, [&] {
      for (const auto& [id, connection] : net.thread(0).connections) {
        held = held || net.memory().is_overdrawn_by(connection.get());
      }
    });
    return held;
  }
  static void send_rest(RawClient& client, const Bytes& request) {
    client.send_bytes(ByteView(request).subspan(kRequestBytes / 2));
  }
};

}  // namespace

TEST_CASE("connection: a request behind a reply above the limit of queued replies is answered") {
  NetFixture f;
  f.produce(net::limits::kQueuedReplyBytes + kMebibyte / 4);
  RawClient client(f.address());
  for (int round = 0; round < 5; ++round) {
    Bytes both = client.frame<Fetch>(test::fetch_orders(0, 0), kFetchVersion);
    const Bytes next = client.frame<ApiVersions>({}, kApiVersionsVersion);
    both.insert(both.end(), next.begin(), next.end());
    client.send_bytes(both);
    const auto fetched = client.receive<Fetch>(kFetchVersion);
    REQUIRE(fetched);
    CHECK(fetched->responses.front().partitions.front().records.size_bytes() > kMebibyte);
    CHECK(client.receive<ApiVersions>(kApiVersionsVersion).has_value());
  }
}

TEST_CASE("connection: a late reply leaves the memory alone that the next request is read into") {
  NetFixture f;
  RawClient client(f.address());
  Bytes both = large_request(client, 2 * net::FrameBuffer::kIdleBytes);
  const Bytes parked = client.frame<Fetch>(test::fetch_orders(0, 50), kFetchVersion);
  both.insert(both.end(), parked.begin(), parked.end());
  client.send_bytes(both);
  CHECK(client.receive<ApiVersions>(kApiVersionsVersion).has_value());
  CHECK(client.receive<Fetch>(kFetchVersion).has_value());
  CHECK(answers(client));
}

TEST_CASE("connection: large requests do not wait for each other's memory for ever") {
  ShortOfMemory f;
  ShortOfMemory::send_rest(f.first, f.first_request);
  ShortOfMemory::send_rest(f.second, f.second_request);
  CHECK(f.first.receive<ApiVersions>(kApiVersionsVersion).has_value());
  CHECK(f.second.receive<ApiVersions>(kApiVersionsVersion).has_value());
}

TEST_CASE("connection: who overdraws the memory and sends nothing is closed, and others go on") {
  ShortOfMemory f;
  f.net.check_idle(net::limits::kStalledRequestMs / 2, 0);
  CHECK(f.net.connection_count() == 2);
  f.net.check_idle(net::limits::kStalledRequestMs + 1, 0);
  CHECK(f.first.closed_by_broker());
  ShortOfMemory::send_rest(f.second, f.second_request);
  CHECK(f.second.receive<ApiVersions>(kApiVersionsVersion).has_value());
}

TEST_CASE("connection: small requests are served while memory is short") {
  ShortOfMemory f;
  RawClient third(f.net.address());
  CHECK(answers(third));
}

TEST_CASE("connection: a peer that takes nothing of its reply is closed") {
  NetFixture f;
  for (int i = 0; i < 8; ++i) f.produce(4 * kMebibyte);
  RawClient client(f.address());
  client.send<Fetch>(test::fetch_orders(0, 0), kFetchVersion);
  REQUIRE(client.reply_has_begun());
  f.check_idle(net::limits::kStalledWriteMs / 2, 0);
  CHECK(f.connection_count() == 1);
  f.check_idle(net::limits::kStalledWriteMs + 1, 0);
  CHECK(f.connection_count() == 0);
  CHECK_FALSE(client.receive<Fetch>(kFetchVersion).has_value());
}

TEST_CASE("connection: records that cannot be read end it, and the log says so") {
  NetFixture f;
  f.produce(kMebibyte);
  REQUIRE(::truncate(f.log_file().c_str(), kMebibyte / 2) == 0);
  // One line a second says why a connection was closed: it may be another's.
  wait_until("a line about it", [&] {
    const test::CapturedLog log;
    RawClient client(f.address());
    client.send<Fetch>(test::fetch_orders(0, 0), kFetchVersion);
    CHECK_FALSE(client.receive<Fetch>(kFetchVersion).has_value());
    return log.count_of("the records of its reply cannot be read") > 0;
  });
}

TEST_CASE("connection: one that is idle is closed, with a request in flight too") {
  NetFixture f;
  RawClient waits(f.address());
  waits.send<Fetch>(test::fetch_orders(0, 600'000), kFetchVersion);
  wait_until("the fetch waits", [&] {
    std::size_t parked = 0;
    f.on_thread(0, [&] { parked = f.thread(0).io->purgatory().size(); });
    return parked == 1;
  });
  f.check_idle(30'000, 60'000);
  CHECK(f.connection_count() == 1);
  f.check_idle(60'001, 60'000);
  CHECK(waits.closed_by_broker());
}

TEST_CASE("listener: connections of all listeners count against one limit") {
  constexpr std::size_t kLimit = 3;
  NetFixture f({.listeners = 2, .settings = {{"max.connections", "3"}}});
  std::vector<std::unique_ptr<RawClient>> first;
  std::vector<std::unique_ptr<RawClient>> second;
  for (std::size_t i = 0; i < kLimit; ++i) {
    first.push_back(std::make_unique<RawClient>(f.address(0)));
    REQUIRE(answers(*first.back()));
  }
  for (std::size_t i = 0; i < kLimit; ++i) {
    second.push_back(std::make_unique<RawClient>(f.address(1)));
    REQUIRE(second.back()->connected());
  }
  // The second listener was already accepting when the limit was reached.
  REQUIRE(answers(*second.front()));
  for (int turn = 0; turn < 20; ++turn) f.on_thread(0, [] {});
  CHECK(f.connection_count() == kLimit + 1);
  first.clear();
  for (const auto& client : second) CHECK(answers(*client));
}
