#include <string>

#include <doctest/doctest.h>
#include <kreel/errors.hpp>

#include "kafka/configs.hpp"
#include "kafka/coordinator_format.hpp"
#include "kafka/jaas_file.hpp"
#include "kafka/java_configs.hpp"
#include "kafka/java_pattern.hpp"
#include "kafka/streams_topics.hpp"

using namespace kreel;
using namespace kreel::kafka_tools;
using namespace std::string_literals;

namespace {

std::string exception_of(std::int16_t code) {
  return java_error(ItemError{Error(ErrorKind::kFailed, "it failed"), code}).text();
}

bool java_matches(std::string_view expression, std::string_view name) {
  const auto pattern = JavaPattern::compile(expression);
  REQUIRE(pattern);
  return pattern->matches(name);
}

// "a=1;b=2", or the message.
std::string settings_of(std::string_view text) {
  const auto settings = parse_settings(text);
  if (!settings) return settings.error().message;
  std::string shown;
  for (const auto& [name, value] : *settings) shown += name + "=" + value + ";";
  return shown;
}

std::string shown_record(CoordinatorRecords records, const std::string& key,
                         std::optional<std::string> value) {
  RecordView record;
  record.key = key;
  if (value) record.value = *value;
  record.offset = 7;
  std::string out;
  const auto done = append_coordinator_record(records, record, out);
  return done ? out : done.error().message;
}

}  // namespace

TEST_CASE("each error code has the class and the text of Java's clients") {
  const std::string errors = "org.apache.kafka.common.errors.";
  CHECK(exception_of(29) == errors + "TopicAuthorizationException: Topic authorization failed.");
  CHECK(exception_of(30) == errors + "GroupAuthorizationException: Group authorization failed.");
  CHECK(exception_of(31) ==
        errors + "ClusterAuthorizationException: Cluster authorization failed.");
  CHECK(exception_of(53) == errors +
                                "TransactionalIdAuthorizationException: Transactional Id "
                                "authorization failed.");
  CHECK(exception_of(36) == errors + "TopicExistsException: Topic with this name already exists.");
  CHECK(exception_of(-1).starts_with(errors + "UnknownServerException: "));
  for (const ProtocolError& error : protocol_errors()) {
    if (error.code <= 0 || error.code > 133) continue;
    CHECK_FALSE(exception_of(error.code).starts_with(errors + "UnknownServerException"));
  }
}

TEST_CASE("an error of a whole call keeps the broker's code and words") {
  const JavaError error = java_error(
      Error(ErrorKind::kFailed, "quota \"user \"alice\"\": no such quota (INVALID_REQUEST)"), "x");
  CHECK(error.text() == "org.apache.kafka.common.errors.InvalidRequestException: no such quota");
  CHECK(java_error(Error(ErrorKind::kNotAuthorized, "not authorized: READ on group \"g\""), "x")
            .type == "org.apache.kafka.common.errors.GroupAuthorizationException");
}

TEST_CASE("a regular expression of Java matches whole names, and may look ahead at its start") {
  CHECK(java_matches("a.b", "axb"));
  CHECK_FALSE(java_matches("a.b", "axbc"));
  CHECK(java_matches("^(?!__).*", "orders"));
  CHECK_FALSE(java_matches("^(?!__).*", "__consumer_offsets"));
  CHECK(java_matches("(?=o)(?!.*x)[a-z]+|__x", "orders"));
  CHECK_FALSE(java_matches("(?=o)(?!.*x)[a-z]+|__x", "ox"));
  CHECK(java_matches("(?=o)(?!.*x)[a-z]+|__x", "__x"));
  CHECK(java_matches("(?!a|[)|]b)c\\)", "c)"));
  CHECK(JavaPattern::compile("a(?<=b)c").error().message.find("no lookbehind") !=
        std::string::npos);
  CHECK(JavaPattern::compile("[").error().type == "java.util.regex.PatternSyntaxException");
  CHECK_FALSE(JavaPattern::compile("(?!a"));
}

TEST_CASE("settings are parted at commas outside of brackets, as kafka-configs does") {
  CHECK(settings_of("a=1,b=[x,y]") == "a=1;b=x,y;");
  CHECK(settings_of("SCRAM-SHA-256=[iterations=8192,password=p=q]") ==
        "SCRAM-SHA-256=iterations=8192,password=p=q;");
  CHECK(settings_of("a=,") == "a=;");
  CHECK(settings_of("a=1,a=2") == "a=2;");
  CHECK(settings_of("a=b=c").starts_with("requirement failed: Invalid entity config"));
  CHECK(settings_of("").starts_with("requirement failed: Invalid entity config"));
}

TEST_CASE("a JAAS file has comments, several contexts, and several logins in one") {
  const auto logins = jaas_logins(
      "/* KafkaClient { no; }; */ KafkaServer { x.PlainLoginModule required; } ;\n"
      "// KafkaClient { no; };\n"
      "KafkaClient {\n"
      "  x.ScramLoginModule required username=\"a;}\" /* who */ password=\"b\\\"//c\";\n"
      "  x.PlainLoginModule required username='d';\n"
      "} ;\n",
      "KafkaClient");
  REQUIRE(logins.size() == 2);
  CHECK(login_for(logins, "SCRAM-SHA-256") ==
        "x.ScramLoginModule required username=\"a;}\"   password=\"b\\\"//c\";");
  CHECK(login_for(logins, "PLAIN") == "x.PlainLoginModule required username='d';");
  CHECK(login_for(logins, "OAUTHBEARER") == logins[0]);
  CHECK(login_for(jaas_logins("KafkaServer { x y; };", "KafkaClient"), "PLAIN").empty());
  CHECK(jaas_logins("KafkaClient { x \"", "KafkaClient").empty());
}

TEST_CASE("a client's settings are refused with Java's words") {
  const auto problem = [](JavaClients client, std::string_view name, std::string_view value) {
    return problem_with_java_config(client, name, value).value_or("");
  };
  CHECK(problem(kAdmin, "request.timeout.ms", "abc") ==
        "Invalid value abc for configuration request.timeout.ms: Not a number of type INT");
  CHECK(problem(kAdmin, "request.timeout.ms", "-1") ==
        "Invalid value -1 for configuration request.timeout.ms: Value must be at least 0");
  CHECK(problem(kAdmin, "request.timeout.ms", " 500 ").empty());
  CHECK(problem(kAdmin, "request.timeout.ms", "3000000000") ==
        "Invalid value 3000000000 for configuration request.timeout.ms: Not a number of type INT");
  CHECK(problem(kAdmin, "security.protocol", "ssl").empty());
  CHECK(problem(kAdmin, "security.protocol", "FOO") ==
        "Invalid value FOO for configuration security.protocol: String must be one of (case "
        "insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT");
  CHECK(problem(kProducer, "acks", "two") ==
        "Invalid value two for configuration acks: String must be one of: all, -1, 0, 1");
  CHECK(problem(kAdmin, "acks", "two").empty());
  CHECK(problem(kConsumer, "enable.auto.commit", "maybe") ==
        "Invalid value maybe for configuration enable.auto.commit: Expected value to be either "
        "true or false");
  CHECK(problem(kConsumer, "sasl.login.refresh.window.factor", "2.0") ==
        "Invalid value 2.0 for configuration sasl.login.refresh.window.factor: Value must be no "
        "more than 1.0");
  CHECK(is_java_config(kProducer, "max.block.ms"));
  CHECK_FALSE(is_java_config(kConsumer, "max.block.ms"));
}

TEST_CASE("records of coordinators are shown as Kafka's formatters show them") {
  const std::string key = "\0\1\0\1g\0\1t\0\0\0\2"s;
  CHECK(shown_record(CoordinatorRecords::kOffsets, key,
                     "\0\3\0\0\0\0\0\0\0\5\xff\xff\xff\xff\0\1m\0\0\0\0\0\0\0\x09"s) ==
        R"({"key":{"type":1,"data":{"group":"g","topic":"t","partition":2}},"value":{"version":3,)"
        R"("data":{"offset":5,"leaderEpoch":-1,"metadata":"m","commitTimestamp":9}}})");
  CHECK(shown_record(CoordinatorRecords::kOffsets, key, std::nullopt).ends_with("\"value\":null}"));
  CHECK(shown_record(CoordinatorRecords::kGroups, key, std::nullopt).empty());
  CHECK(shown_record(CoordinatorRecords::kTransactions, "\0\0\0\1x"s,
                     "\0\1\0\0\0\0\0\0\0\7\0\1\0\0\0\x10\2\2\2t\2\0\0\0\3\0\0\0\0\0\0\0\0\1\0\0\0\0"
                     "\0\0\0\2\1\2\2\0\2"s) ==
        R"({"key":{"type":0,"data":{"transactionalId":"x"}},"value":{"version":1,"data":{)"
        R"("producerId":7,"producerEpoch":1,"transactionTimeoutMs":16,"transactionStatus":2,)"
        R"("transactionPartitions":[{"topic":"t","partitionIds":[3]}],)"
        R"("transactionLastUpdateTimestampMs":1,"transactionStartTimestampMs":2,)"
        R"("clientTransactionVersion":2}}})");
  CHECK(shown_record(CoordinatorRecords::kOffsets, "\0\1\0\x09g"s, std::nullopt) ==
        "Could not read record at offset 7 due to: the key cannot be decoded");
}

TEST_CASE("times of offsets are read as strictly as Java's SimpleDateFormat does") {
  constexpr std::int64_t kNewYear = 1'767'225'600'000;
  const auto time_of = [](const std::string& text) { return iso_time_ms(text).value_or(-1); };
  CHECK(time_of("2026-01-01T00:00:00.000") == kNewYear);
  CHECK(time_of("2026-01-01T00:00:00.007Z and more") == kNewYear + 7);
  CHECK(time_of("2026-1-1T1:0:0.0+01") == kNewYear);
  CHECK(time_of("2026-01-01T00:00:00.000-01:30") == kNewYear + 5'400'000);
  CHECK(iso_time_ms("2026-01-01").error().text() ==
        "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to "
        "ISO8601 format");
  for (const char* text : {"2026-01-01T00:00:00", "2026-13-01T00:00:00.000",
                           "2026-01-01T25:00:00.0", "2026-01-01T00:00:00.1000", "T"}) {
    CHECK_FALSE(iso_time_ms(text));
  }
  CHECK(iso_time_ms("2026-01-01Tx").error().message == "Unparseable date: \"2026-01-01TxZ\"");
  CHECK(iso_duration_ms("P1DT-1H0.5S").value_or(-1) == 82'800'500);
  CHECK_FALSE(iso_duration_ms("P"));
}

TEST_CASE("the internal topics of a Kafka Streams application are known by their names") {
  for (const char* topic :
       {"app-store-changelog", "app-x-repartition", "app-x-subscription-registration-topic",
        "app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000004-topic"}) {
    CHECK(is_internal_streams_topic(topic, "app"));
    CHECK_FALSE(is_internal_streams_topic(topic, "ap"));
  }
  for (const char* topic :
       {"app-changelog-2", "app-topic", "app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE--topic",
        "app-KTABLE-FK-JOIN-SUBSCRIPTION-OTHER-0000000004-topic"}) {
    CHECK_FALSE(is_internal_streams_topic(topic, "app"));
  }
}
