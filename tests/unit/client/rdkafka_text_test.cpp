#include "client/rdkafka_text.hpp"

#include <doctest/doctest.h>

#include "client/rdkafka_support.hpp"

using namespace kreel;
using namespace kreel::client;

TEST_CASE("rdkafka text: what becomes of records is said without librdkafka's words") {
  const auto text = [](rd_kafka_resp_err_t code) {
    return describe_rd_error(code, rd_kafka_err2str(code), "orders", "WRITE").message();
  };
  CHECK(text(RD_KAFKA_RESP_ERR__PURGE_QUEUE) == "not sent");
  CHECK(text(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) == "sent, but not acknowledged");
  CHECK(text(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) == "not acknowledged within message.timeout.ms");
  CHECK(text(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) == "no broker can be reached");
  // Those without words of their own lose the prefix at least.
  CHECK(text(RD_KAFKA_RESP_ERR__BAD_COMPRESSION) == "invalid compressed data");
  // Words that say more than the code stay.
  CHECK(describe_rd_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "Timed out after 3 tries", "t", "WRITE")
            .message() == "Timed out after 3 tries");
}

TEST_CASE("rdkafka text: why a connection failed") {
  const struct {
    const char* reason;
    const char* words;
  } cases[] = {
      {"127.0.0.1:44087/1: Connect to ipv4#127.0.0.1:44087 failed: Connection refused (after 0ms "
       "in "
       "state CONNECT, 1 identical error(s) suppressed)",
       "127.0.0.1:44087: connection refused"},
      {"sasl_ssl://[::1]:9093/bootstrap: Connect to ipv6#[::1]:9093 failed: Connection refused "
       "(after 1ms in state CONNECT)",
       "[::1]:9093: connection refused"},
      {"GroupCoordinator: h1:9092: Disconnected (after 31ms in state UP)",
       "h1:9092: the broker closed the connection"},
      {"kafak:9092/bootstrap: Failed to resolve 'kafak:9092': Name or service not known (after 2ms "
       "in state CONNECT)",
       "kafak:9092: cannot resolve the name: name or service not known"},
      {"ssl://h:9093/1: SSL handshake failed: certificate verify failed (after 3ms in state "
       "SSL_HANDSHAKE)",
       "h:9093: SSL handshake failed: certificate verify failed"},
      {"ssl://[::1]:9093/1: SSL handshake failed: certificate verify failed (after 3ms)",
       "[::1]:9093: its certificate was not verified: librdkafka knows no IPv6 addresses in "
       "certificates, connect by a name; or its CA is not trusted"},
      {"1/1 brokers are down", "no broker can be reached"},
      {"Something\nelse", "something\\nelse"},
  };
  for (const auto& one : cases) CHECK(describe_connection(one.reason) == one.words);
}

TEST_CASE("rdkafka text: a property that was refused has the name that was typed") {
  const auto message = [](const char* name, const char* value) {
    const auto config = ClientConfig::from_properties({{name, value}});
    const auto made = make_rd_conf(*config, {}, {});
    return made ? "accepted" : made.error().message();
  };
  CHECK(message("session.timeout.ms", "-5") ==
        "property session.timeout.ms: value -5 is outside allowed range 1..3600000");
  CHECK(message("linger.ms", "abc").starts_with("property linger.ms: invalid value"));
  CHECK(message("linger.ms", "abc").find("queue.buffering") == std::string::npos);
}
