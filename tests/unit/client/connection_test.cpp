#include "client/connection.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::config_for;
using kreel::test::FakeBroker;

namespace {

Error connect_error(const std::string& servers, std::int64_t timeout_ms = 3'000) {
  auto admin = AdminClient::connect(config_for(servers, timeout_ms));
  REQUIRE_FALSE(admin);
  return admin.error();
}

std::uint16_t closed_port() {
  const FakeBroker gone;
  return gone.port();
}

}  // namespace

TEST_CASE("connection: a refused connection is told at once, with its address") {
  const auto begun = std::chrono::steady_clock::now();
  const std::string address = "127.0.0.1:" + std::to_string(closed_port());
  const Error error = connect_error(address, 10'000);
  CHECK(error.message() == "cannot connect to " + address + ": connection refused");
  CHECK(error.kind() == ErrorKind::kUnreachable);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
}

TEST_CASE("connection: a name that does not resolve is told as it was written") {
  const Error error = connect_error("kafak-1.invalid:9092");
  CHECK(error.message().starts_with("cannot resolve \"kafak-1.invalid\": "));
  CHECK(error.kind() == ErrorKind::kUnreachable);
}

TEST_CASE("connection: a broker that says nothing is given up at the deadline") {
  FakeBroker broker;
  broker.stay_silent();
  broker.start();
  const Error error = connect_error(broker.address(), 200);
  CHECK(error.message() == broker.address() + ": no answer in 200ms");
  CHECK(error.kind() == ErrorKind::kUnreachable);
}

TEST_CASE("connection: strangers are recognized by their first bytes") {
  const struct {
    std::string bytes;
    std::string message;
    ErrorKind kind;
  } cases[] = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", " is an HTTP server, not Kafka",
       ErrorKind::kUnreachable},
      {"SSH-2.0-OpenSSH_9.2\r\n", " is an SSH server, not Kafka", ErrorKind::kUnreachable},
      {std::string("\x15\x03\x03\x00\x02\x02\x50", 7), " speaks TLS", ErrorKind::kAuthentication},
      {"220 mail.example.org ESMTP\r\n", " does not speak Kafka's protocol",
       ErrorKind::kUnreachable},
      {std::string("\x00\x00", 2), " closed the connection", ErrorKind::kUnreachable},
  };
  for (const auto& one : cases) {
    CAPTURE(one.message);
    FakeBroker broker;
    broker.answer_raw(one.bytes);
    broker.start();
    const Error error = connect_error(broker.address());
    CHECK(error.message() == broker.address() + one.message);
    CHECK(error.kind() == one.kind);
  }
}

TEST_CASE("connection: the hint of a TLS port names the flag") {
  FakeBroker broker;
  broker.answer_raw(std::string("\x16\x03\x01\x00\x05", 5));
  broker.start();
  CHECK(connect_error(broker.address()).hint() == "--tls");
}

TEST_CASE("connection: a reply over 100 MiB is refused before memory is taken") {
  FakeBroker broker;
  broker.answer_raw(std::string("\x06\x40\x00\x01", 4));
  broker.start();
  CHECK(connect_error(broker.address()).message() ==
        broker.address() + " does not speak Kafka's protocol");
}

TEST_CASE("connection: an answer to a request that was not sent ends the connection") {
  FakeBroker broker;
  broker.set_correlation_shift(7);
  broker.start();
  const Error error = connect_error(broker.address());
  CHECK(error.message() ==
        broker.address() + " answered a request that was not sent (8 instead of 1)");
}

TEST_CASE("connection: a truncated reply is malformed, not a crash") {
  FakeBroker broker;
  // Correlation id 1, error 0, and an array of more entries than bytes.
  broker.answer_raw(std::string("\x00\x00\x00\x0a\x00\x00\x00\x01\x00\x00\x7f\x00\x00\x00", 14));
  broker.start();
  CHECK(connect_error(broker.address()).message() ==
        broker.address() + " sent a malformed ApiVersions reply");
}

TEST_CASE("connection: the first bootstrap server that answers is taken") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {{"orders", {1}}});
  broker.start();
  const std::string servers = "127.0.0.1:" + std::to_string(closed_port()) + "," + broker.address();
  CHECK(AdminClient::connect(config_for(servers)).has_value());
}

TEST_CASE("connection: when no server answers, the first one's error says so for all") {
  const std::string first = "127.0.0.1:" + std::to_string(closed_port());
  const Error error = connect_error(first + ",127.0.0.1:" + std::to_string(closed_port()));
  CHECK(error.message() == "cannot connect to " + first + ": connection refused");
  CHECK(error.hint() == "none of the 2 brokers given answers");
}

TEST_CASE("connection: versions are learned from a broker before ApiVersions 3 (KIP-511)") {
  FakeBroker broker;
  broker.set_api_versions_max(2);
  test::serve_metadata(broker, {&broker}, {{"orders", {1}}}, 7);
  broker.start();
  auto admin = AdminClient::connect(config_for(broker.address()));
  REQUIRE(admin);
  const auto topics = (*admin)->list_topics();
  REQUIRE(topics);
  REQUIRE(topics->size() == 1);
  CHECK(topics->front().name == "orders");
  CHECK_FALSE(topics->front().id);
}

TEST_CASE("connection: a missing API names the first Kafka that has it") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {{"orders", {1}}});
  broker.start();
  auto admin = AdminClient::connect(config_for(broker.address()));
  REQUIRE(admin);
  const ResourceChanges change{{ConfigResourceType::kTopic, "orders"},
                               {{"retention.ms", ConfigOperation::kSet, "1"}}};
  const auto altered = (*admin)->alter_configs(std::span(&change, 1), {});
  REQUIRE_FALSE(altered);
  CHECK(altered.error().message() ==
        "the broker does not support IncrementalAlterConfigs (Kafka 2.3 and later do)");
  CHECK(altered.error().kind() == ErrorKind::kFailed);
}

TEST_CASE("connection: topics list takes one connection and two requests") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {{"orders", {1}}});
  broker.start();
  auto admin = AdminClient::connect(config_for(broker.address()));
  REQUIRE(admin);
  REQUIRE((*admin)->list_topics());
  CHECK(broker.connections() == 1);
  CHECK(broker.requests() == std::vector<std::int16_t>{18, 3});
}

TEST_CASE("connection: one that the broker closed while idle is opened anew") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {{"orders", {1}}});
  broker.close_before_answer(3);
  broker.start();
  auto admin = AdminClient::connect(config_for(broker.address()));
  REQUIRE(admin);
  REQUIRE((*admin)->list_topics());
  REQUIRE((*admin)->list_topics());
  CHECK(broker.connections() == 2);
}

TEST_CASE("connection: an advertised address out of reach names the broker and the address") {
  FakeBroker bootstrap;
  const std::uint16_t dead_port = closed_port();
  bootstrap.on<protocol::Metadata>(
      [&](const protocol::MetadataRequest& request, protocol::Version) {
        auto response = test::metadata_reply(request, {&bootstrap}, {{"orders", {1}}});
        response.brokers[0].port = dead_port;
        return response;
      });
  bootstrap.on<protocol::ListOffsets>([](const protocol::ListOffsetsRequest&, protocol::Version) {
    return protocol::ListOffsetsResponse();
  });
  bootstrap.start();
  auto admin = AdminClient::connect(config_for(bootstrap.address()));
  REQUIRE(admin);
  const OffsetQuery query{{"orders", 0}, OffsetSpec::latest()};
  const auto listed = (*admin)->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(listed);
  REQUIRE(listed->front().error);
  const Error& error = listed->front().error->error;
  CHECK(error.message() == "broker 1 advertises 127.0.0.1:" + std::to_string(dead_port) +
                               ", which cannot be reached from here");
  CHECK(error.hint().find("advertised.listeners") != std::string::npos);
  CHECK(error.kind() == ErrorKind::kUnreachable);
}

TEST_CASE("connection: a mechanism that this client does not speak is refused by name") {
  auto config = ClientConfig::from_properties(
      {{"security.protocol", "sasl_ssl"}, {"sasl.mechanism", "DIGEST-MD5"}});
  REQUIRE(config);
  const auto admin = AdminClient::connect(*config);
  REQUIRE_FALSE(admin);
  CHECK(admin.error().kind() == ErrorKind::kUsage);
  CHECK(
      admin.error().message().starts_with("sasl.mechanism=DIGEST-MD5: kreel's own client speaks "));
}

TEST_CASE(
    "connection: a server that waits for more of an HTTP request is recognized all the same") {
  FakeBroker server;
  server.stay_silent();
  server.answer_http("HTTP/1.0 200 OK\r\n\r\n");
  server.start();
  const Error error = connect_error(server.address(), 20'000);
  CHECK(error.message() == server.address() + " is an HTTP server, not Kafka");
  CHECK(error.kind() == ErrorKind::kUnreachable);
}

TEST_CASE("connection: a server that hangs up without a word is asked who it is") {
  FakeBroker http;
  http.close_before_answer(1);
  http.answer_http("HTTP/1.1 405 Method Not Allowed\r\n\r\n");
  http.start();
  CHECK(connect_error(http.address()).message() ==
        http.address() + " is an HTTP server, not Kafka");

  FakeBroker tls;
  tls.close_before_answer(1);
  tls.answer_tls(std::string("\x16\x03\x03\x00\x5a", 5));
  tls.start();
  const Error error = connect_error(tls.address());
  CHECK(error.message() == tls.address() + " speaks TLS");
  CHECK(error.hint() == "--tls");
  CHECK(error.kind() == ErrorKind::kAuthentication);
}

TEST_CASE("connection: a TLS server that takes its time is recognized all the same") {
  FakeBroker tls;
  tls.close_before_answer(1);
  tls.answer_tls(std::string("\x16\x03\x03\x00\x5a", 5), 1'000);
  tls.start();
  CHECK(connect_error(tls.address(), 60'000).message() == tls.address() + " speaks TLS");
}

TEST_CASE("connection: a TLS server whose first bytes come one by one is one all the same") {
  FakeBroker tls;
  tls.answer_tls_in_pieces(std::string("\x15\x03\x03\x00\x02\x02\x50", 7));  // an alert
  tls.start();
  auto config = ClientConfig::from_properties(
      {{"bootstrap.servers", tls.address()}, {"security.protocol", "SSL"}});
  REQUIRE(config);
  const auto admin = AdminClient::connect(*config);
  REQUIRE_FALSE(admin);
  CHECK(admin.error().message() == tls.address() + ": TLS failed: tlsv1 alert internal error");
}

TEST_CASE("connection: a broker that is slow and no stranger is waited for") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {{"orders", {1}}});
  broker.set_first_answer_delay_ms(1'900);
  broker.start();
  CHECK(AdminClient::connect(config_for(broker.address(), 20'000)).has_value());
}
