#include "broker/sasl_exchange.hpp"

#include <doctest/doctest.h>

#include "broker/dispatch.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using kreel::test::BrokerFixture;

namespace {

/// A connection of a listener that asks for SASL, and what a client says on it.
struct SaslFixture : BrokerFixture {
  SeededRandom random{5};

  explicit SaslFixture(std::int64_t reauthenticate_ms = 0) {
    security::SaslServer::Options options;
    options.mechanisms = {"PLAIN", "SCRAM-SHA-256"};
    options.plain_users = {{"app", security::Secret("pencil")}, {"bob", security::Secret("b")}};
    options.scram = [](security::ScramMechanism, const std::string&) {
      return std::optional<security::ScramCredential>();
    };
    options.scram_disguise = [](security::ScramMechanism) {
      return security::ScramDisguise{.secret = security::Secret("s")};
    };
    options.reauthenticate_ms = reauthenticate_ms;
    connection().sasl = std::make_shared<broker::SaslExchange>(
        std::make_shared<const security::SaslServer>(std::move(options), random), clock());
  }

  ErrorCode shake_hands(const std::string& mechanism = "PLAIN", Version version = 1) {
    SaslHandshakeRequest request;
    request.mechanism = mechanism;
    return call<SaslHandshake>(request, version).error_code;
  }
  SaslAuthenticateResponse authenticate(const std::string& user, const std::string& password) {
    const std::string token = std::string(1, '\0') + user + std::string(1, '\0') + password;
    SaslAuthenticateRequest request;
    const ByteView bytes = as_bytes(token);
    request.auth_bytes.assign(bytes.begin(), bytes.end());
    return call<SaslAuthenticate>(request, 2);
  }
  /// Why the broker closes the connection of who sends this; "" when it does not.
  template <class Api>
  std::string objection(const typename Api::Request& request, Version version) {
    WireWriter out;
    out.write_int(Api::key);
    out.write_int(version);
    out.write_int<std::int32_t>(7);
    out.write_string_length(-1, false);
    if (request_header_version(static_cast<ApiKey>(Api::key), version) >= 2) {
      out.write_unsigned_varint(0);
    }
    encode(request, version, out);
    Bytes frame = out.take().bytes;
    const auto sink = std::make_shared<test::RecordingSink>();
    return broker::dispatch(broker(), io(), connection(),
                            {.frame = frame, .number = 1, .sink = sink})
        .value_or("");
  }
};

}  // namespace

TEST_CASE("sasl: before a client has shown who it is, nothing else is served") {
  SaslFixture f;
  CHECK(f.objection<Metadata>({}, 9) == "Metadata before it has shown who it is");
  CHECK(f.objection<ListGroups>({}, 4) == "ListGroups before it has shown who it is");
  CHECK(f.objection<ApiVersions>({}, 0).empty());
  CHECK(f.shake_hands() == ErrorCode::NONE);
  CHECK(f.objection<Metadata>({}, 9) == "Metadata before it has shown who it is");
  CHECK(f.connection().principal == "User:ANONYMOUS");
  const auto reply = f.authenticate("app", "pencil");
  CHECK(reply.error_code == ErrorCode::NONE);
  CHECK_FALSE(reply.error_message);
  CHECK(reply.session_lifetime_ms == 0);
  CHECK(f.connection().principal == "User:app");
  CHECK(f.connection().refused.empty());
  CHECK(f.objection<ListGroups>({}, 4).empty());
}

TEST_CASE("sasl: a wrong password is told after a while, and ends the connection") {
  SaslFixture f;
  REQUIRE(f.shake_hands() == ErrorCode::NONE);
  const std::int64_t before_ms = f.clock().monotonic_ms();
  const auto reply = f.authenticate("app", "pen");
  CHECK(f.clock().monotonic_ms() - before_ms >= 100);
  CHECK(reply.error_code == ErrorCode::SASL_AUTHENTICATION_FAILED);
  CHECK(reply.error_message == "Authentication failed: Invalid username or password");
  CHECK(f.connection().refused == "authentication by PLAIN failed for user \"app\"");
  CHECK(f.connection().principal == "User:ANONYMOUS");
  CHECK_FALSE(f.connection().sasl->is_authenticated());
}

TEST_CASE("sasl: a mechanism that is not offered is told those that are, and ends it") {
  SaslFixture f;
  SaslHandshakeRequest request;
  request.mechanism = "GSSAPI";
  const auto reply = f.call<SaslHandshake>(request, 1);
  CHECK(reply.error_code == ErrorCode::UNSUPPORTED_SASL_MECHANISM);
  CHECK(reply.mechanisms == std::vector<std::string>{"PLAIN", "SCRAM-SHA-256"});
  CHECK_FALSE(f.connection().refused.empty());
}

TEST_CASE("sasl: a token without a handshake, and a handshake in the middle, are refused") {
  SaslFixture f;
  CHECK(f.authenticate("app", "pencil").error_code == ErrorCode::ILLEGAL_SASL_STATE);
  CHECK_FALSE(f.connection().refused.empty());
  SaslFixture g;
  REQUIRE(g.shake_hands("SCRAM-SHA-256") == ErrorCode::NONE);
  CHECK(g.shake_hands("PLAIN") == ErrorCode::ILLEGAL_SASL_STATE);
  CHECK_FALSE(g.connection().refused.empty());
}

TEST_CASE("sasl: a listener without it says so, and the connection goes on") {
  BrokerFixture f;
  SaslHandshakeRequest request;
  request.mechanism = "PLAIN";
  CHECK(f.call<SaslHandshake>(request).error_code == ErrorCode::ILLEGAL_SASL_STATE);
  CHECK(f.call<SaslAuthenticate>({}).error_code == ErrorCode::ILLEGAL_SASL_STATE);
  CHECK(f.connection().refused.empty());
}

TEST_CASE("sasl: after a handshake of version 0 the tokens have no headers") {
  const auto answer_to = [](const std::string& token) {
    SaslFixture f;
    REQUIRE(f.shake_hands("PLAIN", 0) == ErrorCode::NONE);
    REQUIRE(f.connection().sasl->expects_raw_token());
    std::string copy = token;
    for (char& c : copy) {
      if (c == '|') c = '\0';
    }
    Bytes frame(as_bytes(copy).begin(), as_bytes(copy).end());
    const auto sink = std::make_shared<test::RecordingSink>();
    REQUIRE_FALSE(broker::dispatch(f.broker(), f.io(), f.connection(),
                                   {.frame = frame, .number = 1, .sink = sink}));
    f.clock().advance_ms(100);
    f.work();
    if (sink->closed) return "closed: " + *sink->closed;
    return fmt::format("{} bytes, {}", sink->replies.at(0).second.bytes.size(),
                       f.connection().principal);
  };
  CHECK(answer_to("|app|pencil") == "4 bytes, User:app");
  CHECK(answer_to("|app|pen") == "closed: authentication by PLAIN failed for user \"app\"");
  CHECK(answer_to("") == "closed: authentication by PLAIN failed");
}

TEST_CASE("sasl: who has to show again who it is may, as the same one by the same mechanism") {
  SaslFixture f(60'000);
  REQUIRE(f.shake_hands() == ErrorCode::NONE);
  CHECK(f.authenticate("app", "pencil").session_lifetime_ms == 60'000);
  f.clock().advance_ms(59'000);
  CHECK(f.objection<ListGroups>({}, 4).empty());
  REQUIRE(f.shake_hands() == ErrorCode::NONE);
  CHECK(f.objection<ListGroups>({}, 4) == "ListGroups in the middle of an authentication");
  CHECK(f.authenticate("app", "pencil").session_lifetime_ms == 60'000);
  f.clock().advance_ms(59'000);
  CHECK(f.objection<ListGroups>({}, 4).empty());

  REQUIRE(f.shake_hands() == ErrorCode::NONE);
  const auto other = f.authenticate("bob", "b");
  CHECK(other.error_code == ErrorCode::SASL_AUTHENTICATION_FAILED);
  CHECK(f.connection().refused == "User:app cannot become User:bob");
  CHECK(f.connection().principal == "User:app");
}

TEST_CASE("sasl: another mechanism the second time, or twice in a second, is refused") {
  SaslFixture f(60'000);
  REQUIRE(f.shake_hands() == ErrorCode::NONE);
  REQUIRE(f.authenticate("app", "pencil").error_code == ErrorCode::NONE);
  f.clock().advance_ms(999);
  CHECK(f.shake_hands() == ErrorCode::ILLEGAL_SASL_STATE);
  f.connection().refused.clear();
  f.clock().advance_ms(1);
  CHECK(f.shake_hands("SCRAM-SHA-256") == ErrorCode::UNSUPPORTED_SASL_MECHANISM);
  f.connection().refused.clear();
  CHECK(f.shake_hands() == ErrorCode::NONE);
}

TEST_CASE("sasl: who does not show it again in time is not served any more") {
  SaslFixture f(60'000);
  REQUIRE(f.shake_hands() == ErrorCode::NONE);
  REQUIRE(f.authenticate("app", "pencil").error_code == ErrorCode::NONE);
  f.clock().advance_ms(60'000);
  CHECK(f.objection<ListGroups>({}, 4) == "User:app had to show again who it is");
  CHECK(f.shake_hands() == ErrorCode::NONE);
}

TEST_CASE("sasl: without a lifetime there is no second time") {
  SaslFixture f;
  REQUIRE(f.shake_hands() == ErrorCode::NONE);
  REQUIRE(f.authenticate("app", "pencil").error_code == ErrorCode::NONE);
  f.clock().advance_ms(5'000);
  CHECK(f.shake_hands() == ErrorCode::ILLEGAL_SASL_STATE);
}
