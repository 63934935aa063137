#include "server/scram_users.hpp"

#include <doctest/doctest.h>

#include "fs/memory_file_system.hpp"
#include "kreel/broker.hpp"
#include "protocol/all_messages.hpp"
#include "support/manual_clock.hpp"
#include "support/temp_directory.hpp"
#include "unit/server/raw_client.hpp"

using namespace kreel;
using security::ScramMechanism;
using security::Secret;

namespace {

constexpr auto kMechanism = ScramMechanism::kSha512;

security::ScramCredential scram_credential(const std::string& salt, std::int32_t iterations) {
  return {.salt = salt, .stored_key = "k", .server_key = "k", .iterations = iterations};
}

/// What a broker with one SCRAM listener and this data directory tells nobody: ",s=…,i=…".
std::string told_to_nobody(const std::string& directory) {
  BrokerOptions options;
  options.listen = {"127.0.0.1:0"};
  options.data_directory = directory;
  options.sasl_users = {{"SCRAM-SHA-512", "app", "pencil"}};
  const auto server = BrokerServer::start(options);
  REQUIRE_MESSAGE(server, (server ? std::string() : server.error().message()));
  test::RawClient client((*server)->addresses().front());
  protocol::SaslHandshakeRequest handshake;
  handshake.mechanism = "SCRAM-SHA-512";
  REQUIRE(client.call<protocol::SaslHandshake>(handshake, 1));
  protocol::SaslAuthenticateRequest request;
  const ByteView first = as_bytes("n,,n=nobody,r=abc");
  request.auth_bytes.assign(first.begin(), first.end());
  const auto reply = client.call<protocol::SaslAuthenticate>(request, 2);
  REQUIRE(reply);
  const std::string text(as_text(reply->auth_bytes));
  return text.substr(text.find(",s="));
}

}  // namespace

TEST_CASE("scram users: nobody's salt outlives a restart, and is another one elsewhere") {
  const test::TempDirectory one;
  const test::TempDirectory other;
  const std::string told = told_to_nobody(one.path());
  CHECK(told.starts_with(",s="));
  CHECK(told_to_nobody(one.path()) == told);
  CHECK(told_to_nobody(other.path()) != told);
}

TEST_CASE("scram users: nobody has what most users of the mechanism have") {
  const Secret secret("s");
  catalog::Users users;
  const auto without = server::common_disguise(users, kMechanism, secret);
  CHECK(without.iterations == security::kScramIterationsDefault);
  CHECK(without.salt_bytes == security::kScramSaltBytes);
  CHECK_FALSE(without.salt_is_text);
  const std::string of_kafka = "1k2p3q4r5s6t7u8v9w0x1y2z3";
  users["a"][kMechanism] = scram_credential(of_kafka, 4096);
  users["b"][kMechanism] = scram_credential(of_kafka, 4096);
  users["c"][kMechanism] = scram_credential("0123456789\xff", 8192);
  users["d"][ScramMechanism::kSha256] = scram_credential("abc", 16'384);
  const auto common = server::common_disguise(users, kMechanism, secret);
  CHECK(common.iterations == 4096);
  CHECK(common.salt_bytes == of_kafka.size());
  CHECK(common.salt_is_text);
  CHECK(server::common_disguise(users, ScramMechanism::kSha256, secret).iterations == 16'384);
}

TEST_CASE("scram users: a secret that is damaged is made anew, and then stays") {
  test::ManualClock clock;
  fs::MemoryFileSystem fs(clock);
  SeededRandom random(1);
  REQUIRE(fs.make_directory("d"));
  const auto first = server::scram_secret(fs, "d", random);
  REQUIRE(first);
  CHECK(server::scram_secret(fs, "d", random)->reveal() == first->reveal());
  REQUIRE(fs::replace_file(fs, "d/kreel-scram-secret", as_bytes("short")));
  const auto second = server::scram_secret(fs, "d", random);
  REQUIRE(second);
  CHECK(second->reveal() != first->reveal());
  CHECK(second->reveal().size() == 32);
  CHECK(server::scram_secret(fs, "d", random)->reveal() == second->reveal());
}
