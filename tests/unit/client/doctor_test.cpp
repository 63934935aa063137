#include "kreel/doctor.hpp"

#include <doctest/doctest.h>

#include "client/api_names.hpp"
#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::config_for;
using kreel::test::FakeBroker;

namespace {

/// "dns ok, tcp ok, protocol fail, …"
std::string course(const Diagnosis& diagnosis) {
  std::string text;
  for (const HealthCheck& check : diagnosis.checks) {
    text += (text.empty() ? "" : ", ") + check.step + " " + std::string(to_string(check.state));
  }
  return text;
}

void serve_sasl(FakeBroker& broker, protocol::ErrorCode answer) {
  broker.on<protocol::SaslHandshake>(
      [answer](const protocol::SaslHandshakeRequest& request, protocol::Version) {
        protocol::SaslHandshakeResponse response;
        response.mechanisms = {"PLAIN", "SCRAM-SHA-256"};
        response.error_code = request.mechanism == "PLAIN" ? protocol::ErrorCode::NONE : answer;
        return response;
      });
}

/// Lets in who brings this token.
void serve_login(FakeBroker& broker, const std::string& token) {
  broker.on<protocol::SaslAuthenticate>(
      [token](const protocol::SaslAuthenticateRequest& request, protocol::Version) {
        protocol::SaslAuthenticateResponse response;
        if (as_text(request.auth_bytes) != token) {
          response.error_code = protocol::ErrorCode::SASL_AUTHENTICATION_FAILED;
        }
        return response;
      });
}

}  // namespace

TEST_CASE("doctor: a healthy broker passes every step") {
  FakeBroker broker;
  test::serve_metadata(broker, {&broker}, {});
  broker.start();
  const Diagnosis diagnosis = diagnose(config_for(broker.address()));
  CHECK(course(diagnosis) ==
        "dns ok, tcp ok, protocol ok, api_versions ok, sasl ok, metadata ok, advertised ok");
  CHECK_FALSE(diagnosis.problem);
  CHECK(diagnosis.checks[0].detail == "127.0.0.1");
  CHECK(diagnosis.checks[5].detail == "cluster fake-cluster, 1 broker");
  CHECK(diagnosis.checks[6].target == broker.address());
  CHECK(diagnosis.checks[6].elapsed_ms);
}

TEST_CASE("doctor: an unknown name ends at the first step") {
  const Diagnosis diagnosis = diagnose(config_for("kafak-1.invalid:9092"));
  CHECK(course(diagnosis) ==
        "dns fail, tcp skip, protocol skip, api_versions skip, sasl skip, metadata skip");
  REQUIRE(diagnosis.problem);
  CHECK(diagnosis.problem->kind() == ErrorKind::kUnreachable);
  CHECK(diagnosis.problem->message().starts_with("cannot resolve \"kafak-1.invalid\": "));
}

TEST_CASE("doctor: a refused connection names the port") {
  const Diagnosis diagnosis = diagnose(config_for("127.0.0.1:1"));
  CHECK(course(diagnosis).starts_with("dns ok, tcp fail, protocol skip"));
  REQUIRE(diagnosis.problem);
  CHECK(diagnosis.problem->message() == "cannot connect to 127.0.0.1:1: connection refused");
  CHECK(diagnosis.problem->hint().find("port 1") != std::string::npos);
}

TEST_CASE("doctor: HTTP, SSH and TLS servers are named") {
  FakeBroker http;
  http.stay_silent();
  http.answer_http("HTTP/1.0 200 OK\r\n\r\n");
  http.start();
  const Diagnosis web = diagnose(config_for(http.address(), 20'000));
  CHECK(course(web).starts_with("dns ok, tcp ok, protocol fail, api_versions skip"));
  CHECK(web.problem->message() == http.address() + " is an HTTP server, not Kafka");
  CHECK(web.problem->kind() == ErrorKind::kUnreachable);

  FakeBroker tls;
  tls.close_before_answer(1);
  tls.answer_tls(std::string("\x16\x03\x03\x00\x5a", 5));
  tls.start();
  const Diagnosis secure = diagnose(config_for(tls.address()));
  CHECK(secure.problem->message() == tls.address() + " speaks TLS");
  CHECK(secure.problem->hint() == "--tls");
  CHECK(secure.problem->kind() == ErrorKind::kAuthentication);
}

TEST_CASE("doctor: who takes connections and says nothing is not called anything else than Kafka") {
  FakeBroker frozen;
  frozen.stay_silent();
  frozen.start();
  const Diagnosis diagnosis = diagnose(config_for(frozen.address(), 400));
  REQUIRE(diagnosis.problem);
  CHECK(diagnosis.problem->kind() == ErrorKind::kUnreachable);
  CHECK(diagnosis.problem->message() ==
        frozen.address() + " accepts connections, but does not answer within 400ms");
  CHECK(diagnosis.checks.back().detail == "no answer");
}

TEST_CASE("doctor: a client for TLS learns whether the port speaks it") {
  FakeBroker plain;
  test::serve_metadata(plain, {&plain}, {});
  plain.start();
  ClientConfig config = config_for(plain.address());
  config.security_protocol = SecurityProtocol::kSsl;
  const Diagnosis wrong = diagnose(config);
  REQUIRE(wrong.problem);
  CHECK(wrong.problem->message() == plain.address() + " does not speak TLS");
  CHECK(wrong.problem->kind() == ErrorKind::kAuthentication);

  FakeBroker tls;
  tls.answer_tls(std::string("\x16\x03\x03\x00\x5a", 5));
  tls.start();
  config.bootstrap_servers = config_for(tls.address()).bootstrap_servers;
  const Diagnosis right = diagnose(config);
  REQUIRE(right.problem);  // it ends in the middle of the handshake
  CHECK(right.problem->kind() != ErrorKind::kUsage);
  CHECK(right.problem->message() != tls.address() + " does not speak TLS");
  CHECK(course(right) ==
        "dns ok, tcp ok, tls fail, protocol skip, api_versions skip, sasl skip, metadata skip");
}

TEST_CASE("doctor: a listener that hangs up on Metadata and offers mechanisms asks for SASL") {
  FakeBroker broker;
  // What a SASL listener does to a client that does not log in.
  serve_sasl(broker, protocol::ErrorCode::UNSUPPORTED_SASL_MECHANISM);
  broker.list_without_answer<protocol::Metadata>();
  broker.start();
  const Diagnosis diagnosis = diagnose(config_for(broker.address()));
  CHECK(course(diagnosis) ==
        "dns ok, tcp ok, protocol ok, api_versions ok, sasl fail, metadata skip");
  REQUIRE(diagnosis.problem);
  CHECK(diagnosis.problem->message() == broker.address() + " asks for SASL: PLAIN, SCRAM-SHA-256");
  CHECK(diagnosis.problem->kind() == ErrorKind::kAuthentication);
  CHECK(diagnosis.problem->hint().find("security.protocol to SASL_PLAINTEXT") == 4);
}

TEST_CASE("doctor: a client for SASL learns which mechanisms are offered") {
  FakeBroker broker;
  serve_sasl(broker, protocol::ErrorCode::UNSUPPORTED_SASL_MECHANISM);
  serve_login(broker, std::string("\0app\0pencil", 11));
  test::serve_metadata(broker, {&broker}, {});
  broker.start();
  ClientConfig config = config_for(broker.address());
  config.security_protocol = SecurityProtocol::kSaslPlaintext;
  config.properties["sasl.mechanism"] = "SCRAM-SHA-512";
  const Diagnosis wrong = diagnose(config);
  REQUIRE(wrong.problem);
  CHECK(wrong.problem->message() == "broker offers PLAIN, SCRAM-SHA-256; not SCRAM-SHA-512");
  config.properties["sasl.mechanism"] = "PLAIN";
  CHECK(diagnose(config).problem->message() == "SASL needs a user: sasl.username is not set");
  config.properties["sasl.username"] = "app";
  config.properties["sasl.password"] = "pencil";
  const Diagnosis logged_in = diagnose(config);
  CHECK_FALSE(logged_in.problem);
  CHECK(course(logged_in) ==
        "dns ok, tcp ok, protocol ok, api_versions ok, sasl ok, metadata ok, advertised ok");
  config.properties["sasl.password"] = "wrong";
  CHECK(diagnose(config).problem->message() == "authentication failed for user \"app\" (PLAIN)");

  FakeBroker plain;
  serve_sasl(plain, protocol::ErrorCode::ILLEGAL_SASL_STATE);
  plain.start();
  config.bootstrap_servers = config_for(plain.address()).bootstrap_servers;
  config.properties["sasl.mechanism"] = "SCRAM-SHA-512";
  CHECK(diagnose(config).problem->message() == plain.address() + " does not ask for SASL");
}

TEST_CASE("doctor: an advertised address out of reach names the broker and the setting") {
  FakeBroker broker;
  FakeBroker dead;
  test::serve_metadata(broker, {&broker, &dead}, {});
  broker.start();
  const Diagnosis diagnosis = diagnose(config_for(broker.address(), 400));
  CHECK(course(diagnosis).ends_with("metadata ok, advertised ok, advertised fail"));
  REQUIRE(diagnosis.problem);
  CHECK(diagnosis.problem->message() ==
        "broker 2 advertises " + dead.address() + ", which cannot be reached from here");
  CHECK(diagnosis.problem->hint().find("advertised.listeners") != std::string::npos);
  CHECK(diagnosis.problem->kind() == ErrorKind::kUnreachable);
}

TEST_CASE("doctor: an advertised address where another cluster answers is as bad") {
  FakeBroker broker;
  FakeBroker other;
  test::serve_metadata(broker, {&broker, &other}, {});
  other.on<protocol::Metadata>([&](const protocol::MetadataRequest& request, protocol::Version) {
    auto response = test::metadata_reply(request, {&other}, {});
    response.cluster_id = "another";
    return response;
  });
  broker.start();
  other.start();
  const Diagnosis diagnosis = diagnose(config_for(broker.address()));
  REQUIRE(diagnosis.problem);
  CHECK(diagnosis.problem->message() ==
        "broker 2 advertises " + other.address() + ", where another cluster answers: another");
}
