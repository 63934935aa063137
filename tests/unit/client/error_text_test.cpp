#include "client/error_text.hpp"

#include <doctest/doctest.h>

using namespace kreel;

TEST_CASE("error text: names, kinds and the broker's own words") {
  using client::describe_error;
  using client::Subject;
  using protocol::ErrorCode;
  const struct {
    ErrorCode code;
    Subject subject;
    std::optional<std::string> broker_text;
    std::string_view message;
    ErrorKind kind;
  } cases[] = {
      {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
       Subject::topic("oders", "DESCRIBE"),
       {},
       "topic \"oders\" not found",
       ErrorKind::kNotFound},
      {ErrorCode::TOPIC_AUTHORIZATION_FAILED, Subject::topic("orders", "WRITE"), "Denied.",
       "not authorized: WRITE on topic \"orders\"", ErrorKind::kNotAuthorized},
      {ErrorCode::GROUP_AUTHORIZATION_FAILED,
       Subject::group("app", "READ"),
       {},
       "not authorized: READ on group \"app\"",
       ErrorKind::kNotAuthorized},
      {ErrorCode::CLUSTER_AUTHORIZATION_FAILED,
       Subject::topic("orders", "CREATE"),
       {},
       "not authorized: CREATE on the cluster",
       ErrorKind::kNotAuthorized},
      {ErrorCode::NON_EMPTY_GROUP,
       Subject::group("app", "DELETE"),
       {},
       "group \"app\" has members",
       ErrorKind::kRefused},
      {ErrorCode::INVALID_CONFIG, Subject::topic("orders", "ALTER"), "No such\nkey",
       "topic \"orders\": No such\\nkey (INVALID_CONFIG)", ErrorKind::kFailed},
      {ErrorCode::POLICY_VIOLATION, Subject::topic("orders", "ALTER"), "",
       "topic \"orders\": POLICY_VIOLATION", ErrorKind::kFailed},
  };
  for (const auto& one : cases) {
    CAPTURE(one.message);
    const Error error = describe_error(one.code, one.subject, one.broker_text);
    CHECK(error.message() == one.message);
    CHECK(error.kind() == one.kind);
  }
}
