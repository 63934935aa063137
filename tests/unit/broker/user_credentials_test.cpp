#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using kreel::test::BrokerFixture;

namespace {

using Upsertion = AlterUserScramCredentialsRequest::ScramCredentialUpsertion;

Upsertion upsertion(const std::string& user, std::int8_t mechanism = 1,
                    std::int32_t iterations = 4096) {
  Upsertion wanted;
  wanted.name = user;
  wanted.mechanism = mechanism;
  wanted.iterations = iterations;
  wanted.salt = Bytes(16, std::byte{'s'});
  wanted.salted_password = Bytes(mechanism == 2 ? 64 : 32, std::byte{'p'});
  return wanted;
}

/// "a:NONE b:RESOURCE_NOT_FOUND"
std::string altered(BrokerFixture& f, const AlterUserScramCredentialsRequest& request) {
  std::string text;
  for (const auto& result : f.call<AlterUserScramCredentials>(request).results) {
    text +=
        fmt::format("{}{}:{}", text.empty() ? "" : " ", result.user, to_string(result.error_code));
  }
  return text;
}

std::string set(BrokerFixture& f, const Upsertion& wanted) {
  AlterUserScramCredentialsRequest request;
  request.upsertions = {wanted};
  return altered(f, request);
}

/// "a:1/4096,2/8192 b:1/4096"
std::string described(BrokerFixture& f, const std::vector<std::string>& users = {}) {
  DescribeUserScramCredentialsRequest request;
  for (const std::string& user : users) request.users->push_back({user});
  std::string text;
  for (const auto& result : f.call<DescribeUserScramCredentials>(request).results) {
    text += (text.empty() ? "" : " ") + result.user + ":";
    if (result.error_code != ErrorCode::NONE) text += to_string(result.error_code);
    for (const auto& info : result.credential_infos) {
      text +=
          fmt::format("{}{}/{}", text.ends_with(':') ? "" : ",", info.mechanism, info.iterations);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("user credentials: they are set, described, survive a crash, and go") {
  BrokerFixture f;
  CHECK(described(f).empty());
  AlterUserScramCredentialsRequest request;
  request.upsertions = {upsertion("bob"), upsertion("app", 1), upsertion("app", 2, 8192)};
  CHECK(altered(f, request) == "app:NONE bob:NONE");
  f.kill_and_restart();
  CHECK(described(f) == "app:1/4096,2/8192 bob:1/4096");
  CHECK(described(f, {"bob", "carl"}) == "bob:1/4096 carl:RESOURCE_NOT_FOUND");
  CHECK(described(f, {"bob", "bob"}) == "bob:DUPLICATE_RESOURCE");

  AlterUserScramCredentialsRequest removal;
  removal.deletions = {{.name = "app", .mechanism = 2},
                       {.name = "bob", .mechanism = 1},
                       {.name = "carl", .mechanism = 1}};
  CHECK(altered(f, removal) == "app:NONE bob:NONE carl:RESOURCE_NOT_FOUND");
  CHECK(described(f) == "app:1/4096");
  f.restart();
  CHECK(described(f) == "app:1/4096");
}

TEST_CASE("user credentials: the broker keeps what checks a password, and not what makes a proof") {
  BrokerFixture f;
  REQUIRE(set(f, upsertion("app")) == "app:NONE");
  const auto snapshot = f.catalog().snapshot();
  const auto& kept = snapshot->users().at("app").at(security::ScramMechanism::kSha256);
  const security::Secret salted(std::string(32, 'p'));
  CHECK(kept == security::make_credential(security::ScramMechanism::kSha256, salted,
                                          std::string(16, 's'), 4096));
}

TEST_CASE("user credentials: weak, unknown and contradicting ones are refused, and only those") {
  BrokerFixture f;
  CHECK(set(f, upsertion("app", 1, 4095)) == "app:UNACCEPTABLE_CREDENTIAL");
  CHECK(set(f, upsertion("app", 1, 16'385)) == "app:UNACCEPTABLE_CREDENTIAL");
  CHECK(set(f, upsertion("", 1)) == ":UNACCEPTABLE_CREDENTIAL");
  CHECK(set(f, upsertion("app", 3)) == "app:UNSUPPORTED_SASL_MECHANISM");
  Upsertion wanted = upsertion("app");
  wanted.salted_password.clear();
  CHECK(set(f, wanted) == "app:UNACCEPTABLE_CREDENTIAL");
  wanted.salted_password.assign(1025, std::byte{'p'});
  CHECK(set(f, wanted) == "app:UNACCEPTABLE_CREDENTIAL");
  wanted = upsertion("app");
  wanted.salt.clear();
  CHECK(set(f, wanted) == "app:UNACCEPTABLE_CREDENTIAL");

  AlterUserScramCredentialsRequest twice;
  twice.upsertions = {upsertion("app"), upsertion("app"), upsertion("bob")};
  CHECK(altered(f, twice) == "app:DUPLICATE_RESOURCE bob:NONE");
  AlterUserScramCredentialsRequest both;
  both.deletions = {{.name = "bob", .mechanism = 1}};
  both.upsertions = {upsertion("bob")};
  CHECK(altered(f, both) == "bob:DUPLICATE_RESOURCE");
  CHECK(described(f) == "bob:1/4096");
}

TEST_CASE(
    "user credentials: a salted password may have any length, as Kafka's controller takes it") {
  BrokerFixture f;
  Upsertion wanted = upsertion("app", 2, 15'000);
  wanted.salted_password.resize(18);
  CHECK(set(f, wanted) == "app:NONE");
  CHECK(described(f) == "app:2/15000");
}

TEST_CASE("user credentials: one that is not there keeps the user's other changes from happening") {
  BrokerFixture f;
  AlterUserScramCredentialsRequest request;
  request.deletions = {{.name = "app", .mechanism = 1}};
  request.upsertions = {upsertion("app", 2)};
  CHECK(altered(f, request) == "app:RESOURCE_NOT_FOUND");
  CHECK(described(f).empty());
}
