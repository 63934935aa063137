#include "protocol/error_code.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "kreel/errors.hpp"

namespace kreel::protocol {

TEST_CASE("error codes: names, numbers and retriability are Kafka's") {
  CHECK(to_string(ErrorCode::NONE) == "NONE");
  CHECK(to_string(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) == "UNKNOWN_TOPIC_OR_PARTITION");
  CHECK(static_cast<int>(ErrorCode::INVALID_RECORD) == 87);
  CHECK(static_cast<int>(ErrorCode::REBOOTSTRAP_REQUIRED) == 129);
  CHECK(is_retriable(ErrorCode::NOT_COORDINATOR));
  CHECK_FALSE(is_retriable(ErrorCode::MESSAGE_TOO_LARGE));
  CHECK(error_code_from_name("REBALANCE_IN_PROGRESS") == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK_FALSE(error_code_from_name("rebalance_in_progress").has_value());
}

TEST_CASE("error codes: numbers outside the table read as UNKNOWN_SERVER_ERROR") {
  for (const int number : {-32'768, -2, 137, 32'767}) {
    const auto code = static_cast<ErrorCode>(number);
    CHECK(to_string(code) == "UNKNOWN_SERVER_ERROR");
    CHECK_FALSE(is_retriable(code));
  }
}

TEST_CASE("error codes: each has a text of its own, a sentence of a readable length") {
  CHECK(protocol_errors().size() == 138);
  std::set<std::string_view> texts;
  for (const ProtocolError& error : protocol_errors()) {
    CAPTURE(error.name);
    CHECK(texts.insert(error.text).second);
    CHECK(error.text.ends_with('.'));
    CHECK(error.text.size() <= 160);
    CHECK(describe(static_cast<ErrorCode>(error.code)) == error.text);
  }
}

}  // namespace kreel::protocol
