#include <doctest/doctest.h>

#include "net/limits.hpp"
#include "unit/net/net_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using test::NetFixture;
using test::RawClient;

namespace {

test::NetOptions with_sasl() {
  static SystemRandom random;
  security::SaslServer::Options options;
  options.mechanisms = {"PLAIN"};
  options.plain_users = {{"app", security::Secret("pencil")}};
  options.failure_delay_ms = 1;
  return {.sasl = std::make_shared<const security::SaslServer>(std::move(options), random)};
}

SaslAuthenticateRequest plain_token(std::string_view password) {
  const std::string token = std::string("\0app\0", 5) + std::string(password);
  SaslAuthenticateRequest request;
  const ByteView bytes = as_bytes(token);
  request.auth_bytes.assign(bytes.begin(), bytes.end());
  return request;
}

bool log_in(RawClient& client) {
  SaslHandshakeRequest request;
  request.mechanism = "PLAIN";
  const auto agreed = client.call<SaslHandshake>(request, 1);
  if (!agreed || agreed->error_code != ErrorCode::NONE) return false;
  const auto reply = client.call<SaslAuthenticate>(plain_token("pencil"), 2);
  return reply && reply->error_code == ErrorCode::NONE;
}

/// An ApiVersions request of this size.
Bytes padded_request(RawClient& client, std::size_t size_bytes) {
  Bytes frame = client.frame<ApiVersions>({}, 2);
  frame.resize(size_bytes);
  store_big_endian(frame.data(), static_cast<std::int32_t>(size_bytes - sizeof(std::int32_t)));
  return frame;
}

}  // namespace

TEST_CASE("sasl connection: who logs in is served, who asks first is closed") {
  NetFixture f(with_sasl());
  RawClient client(f.address());
  CHECK(client.call<ApiVersions>({}, 2));
  CHECK(log_in(client));
  CHECK(client.call<ListGroups>({}, 2));
  RawClient stranger(f.address());
  CHECK_FALSE(stranger.call<ListGroups>({}, 2));
}

TEST_CASE("sasl connection: a wrong password is answered, and then the connection is closed") {
  NetFixture f(with_sasl());
  RawClient client(f.address());
  SaslHandshakeRequest request;
  request.mechanism = "PLAIN";
  REQUIRE(client.call<SaslHandshake>(request, 1));
  client.send<SaslAuthenticate>(plain_token("pen"), 2);
  client.send<ListGroups>({}, 2);  // what follows is not read any more
  const auto reply = client.receive<SaslAuthenticate>(2);
  REQUIRE(reply);
  CHECK(reply->error_code == ErrorCode::SASL_AUTHENTICATION_FAILED);
  CHECK(client.closed_by_broker());
  test::wait_until("it is gone", [&] { return f.connection_count() == 0; });
}

TEST_CASE(
    "sasl connection: before the login a large frame is closed at its size (CVE-2022-34917)") {
  NetFixture f(with_sasl());
  RawClient client(f.address());
  const std::size_t limit = std::size_t{64} << 10;
  client.send_bytes(padded_request(client, limit + sizeof(std::int32_t)));
  CHECK(client.receive<ApiVersions>(2));
  const Bytes large = padded_request(client, limit + sizeof(std::int32_t) + 1);
  client.send_bytes(ByteView(large).first(sizeof(std::int32_t)));
  CHECK(client.closed_by_broker());
  RawClient known(f.address());
  REQUIRE(log_in(known));
  known.send_bytes(padded_request(known, 4 * limit));
  CHECK(known.receive<ApiVersions>(2));
}

TEST_CASE("sasl connection: who has not logged in after ten seconds is closed, asking or not") {
  NetFixture f(with_sasl());
  RawClient stranger(f.address());
  RawClient client(f.address());
  REQUIRE(stranger.call<ApiVersions>({}, 2));
  REQUIRE(log_in(client));
  f.check_idle(net::limits::kAuthenticationMs + 60'000, 0);
  CHECK(stranger.closed_by_broker());
  CHECK(client.call<ListGroups>({}, 2));
}

TEST_CASE("sasl connection: the oldest stranger makes room for a new one, and known ones stay") {
  NetFixture f(with_sasl());
  RawClient known(f.address());
  REQUIRE(log_in(known));
  std::vector<std::unique_ptr<RawClient>> strangers;
  for (std::size_t i = 0; i <= net::limits::kHandshakesMax; ++i) {
    strangers.push_back(std::make_unique<RawClient>(f.address()));
  }
  CHECK(strangers.front()->closed_by_broker());
  CHECK(strangers.back()->call<ApiVersions>({}, 2));
  CHECK(strangers[1]->call<ApiVersions>({}, 2));
  CHECK(known.call<ListGroups>({}, 2));
}
