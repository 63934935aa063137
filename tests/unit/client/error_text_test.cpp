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

TEST_CASE("error text: a denial names who asked, and the line that would let him") {
  using client::describe_error;
  using client::Subject;
  using protocol::ErrorCode;
  const struct {
    ErrorCode code;
    Subject subject;
    std::string_view message;
    std::string_view hint;
  } cases[] = {
      {ErrorCode::TOPIC_AUTHORIZATION_FAILED, Subject::topic("orders", "WRITE").by("alice"),
       "not authorized: WRITE on topic \"orders\" (User:alice)",
       "kreel acls add --allow alice --op write --topic orders"},
      {ErrorCode::TOPIC_AUTHORIZATION_FAILED,
       Subject::partition_of({"orders", 3}, "DESCRIBE_CONFIGS").by(""),
       "not authorized: DESCRIBE_CONFIGS on topic \"orders\"",
       "kreel acls add --allow USER --op describe-configs --topic orders"},
      {ErrorCode::GROUP_AUTHORIZATION_FAILED, Subject::group("it's", "READ").by("CN=a b"),
       "not authorized: READ on group \"it's\" (User:CN=a b)",
       "kreel acls add --allow 'CN=a b' --op read --group 'it'\\''s'"},
      {ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
       Subject::transactional_id("tx-1", "WRITE").by("app"),
       "not authorized: WRITE on transactional id \"tx-1\" (User:app)",
       "kreel acls add --allow app --op write --txn-id tx-1"},
      {ErrorCode::CLUSTER_AUTHORIZATION_FAILED, Subject::topic("orders", "CREATE").by("app"),
       "not authorized: CREATE on the cluster (User:app)",
       "kreel acls add --allow app --op create --cluster"},
      // Where the topic may not be looked up, that is what is missing.
      {ErrorCode::TOPIC_AUTHORIZATION_FAILED, Subject::topic("orders", "CLUSTER_ACTION").by("app"),
       "not authorized: DESCRIBE on topic \"orders\" (User:app)",
       "kreel acls add --allow app --op describe --topic orders"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.message);
    const Error error = describe_error(one.code, one.subject);
    CHECK(error.message() == one.message);
    CHECK(error.hint() == one.hint);
  }
}

TEST_CASE("error text: who asks is known where a password, or nothing, is asked for") {
  const auto user = [](std::map<std::string, std::string> properties) {
    return client::user_of(*ClientConfig::from_properties(std::move(properties)));
  };
  CHECK(user({}) == "ANONYMOUS");
  CHECK(user({{"security.protocol", "SASL_SSL"},
              {"sasl.mechanism", "SCRAM-SHA-512"},
              {"sasl.username", "alice"}}) == "alice");
  CHECK(user({{"security.protocol", "SASL_PLAINTEXT"},
              {"sasl.mechanisms", "OAUTHBEARER"},
              {"sasl.username", "alice"}})
            .empty());
  CHECK(user({{"security.protocol", "SSL"}, {"sasl.username", "alice"}}).empty());
}
