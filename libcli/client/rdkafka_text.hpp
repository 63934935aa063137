#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

namespace kreel::client {

/// librdkafka's sentences in the words of the rest of kreel. What is not known here stays as it is,
/// without "Local:" and control characters.

/// Of an error code that has no better text: "not sent" for RD_KAFKA_RESP_ERR__PURGE_QUEUE.
std::string describe_rd_code(rd_kafka_resp_err_t code);

/// Of a connection: "127.0.0.1:9092: connection refused" for "127.0.0.1:9092/1: Connect to
/// ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT, 3 identical …)".
std::string describe_connection(std::string_view reason);

/// Of a property that was refused, without its name, which may be another than the one typed:
/// `invalid value "abc"`.
std::string describe_refused_value(std::string_view text);

}  // namespace kreel::client
