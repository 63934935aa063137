#include "cli/jq_condition.hpp"

#include <doctest/doctest.h>

using namespace kreel;
using namespace kreel::cli;

namespace {

const RecordHeaderView kHeaders[] = {{"kind", "refund"}, {"none", std::nullopt}};

RecordView record(std::optional<std::string_view> value) {
  RecordView view;
  view.topic = "orders";
  view.partition = 3;
  view.offset = 41;
  view.timestamp_ms = 1'763'712'000'000;
  view.timestamp_type = TimestampType::kCreateTime;
  view.key = "42";
  view.value = value;
  view.headers = kHeaders;
  return view;
}

bool matches(const std::string& expression, std::optional<std::string_view> value = "text") {
  auto condition = JqCondition::compile(expression);
  REQUIRE(condition.has_value());
  return condition->matches(record(value));
}

}  // namespace

TEST_CASE("--where: members of a JSON value") {
  CHECK(matches(".value.amount > 10", R"({"amount":11})"));
  CHECK_FALSE(matches(".value.amount > 10", R"({"amount":10})"));
  CHECK(matches(".value > 10", "11"));
  CHECK(matches(".value[1] == \"b\"", R"(["a","b"])"));
}

TEST_CASE(
    "--where: a value that is no JSON is a string, null is null, and other bytes are base64") {
  CHECK(matches(".value == \"text\""));
  CHECK(matches(".value == \"\"", ""));
  CHECK(matches(".value == null", std::nullopt));
  CHECK(matches(".value.b64 == \"/w==\"", "\xff"));
  CHECK(matches(".value == \"{\\\"a\\\":1} x\"", R"({"a":1} x)"));
}

TEST_CASE("--where: the value's text, and all else of the record, as -o jsonl has it") {
  CHECK(matches(".value_text == \"10\"", "10"));
  CHECK(matches(".key == \"42\""));
  CHECK(matches(".topic == \"orders\" and .partition == 3 and .offset == 41"));
  CHECK(matches(".ts == 1763712000000 and .ts_type == \"create_time\""));
  CHECK(matches(".headers == [[\"kind\",\"refund\"],[\"none\",null]]"));
}

TEST_CASE("--where: any output that is neither false nor null is a match; none is no match") {
  CHECK(matches("false, 0"));
  CHECK(matches("select(.partition == 3)"));
  CHECK_FALSE(matches("select(.partition == 4)"));
  CHECK_FALSE(matches("null, false"));
  CHECK_FALSE(matches("empty"));
}

TEST_CASE("--where: an error on a record is no match, is counted, and the first one is kept") {
  auto condition = JqCondition::compile(".value.amount > 10");
  REQUIRE(condition.has_value());
  CHECK_FALSE(condition->matches(record("text")));
  CHECK_FALSE(condition->matches(record("more text")));
  CHECK(condition->matches(record(R"({"amount":11})")));
  CHECK(condition->errors() == 2);
  CHECK(condition->first_error() == "orders[3]@41: Cannot index string with string \"amount\"");
  CHECK_FALSE(matches("halt_error"));
}

TEST_CASE("--where: there is no other input, and there are no modules") {
  for (const char* expression : {"input", "first(inputs)", "input_filename", "debug | false"}) {
    CAPTURE(expression);
    CHECK_FALSE(matches(expression));
  }
  CHECK(matches("input_line_number == 0"));
  for (const char* expression : {"include \"a\"; .", "import \"a\" as a; ."}) {
    CAPTURE(expression);
    CHECK_FALSE(JqCondition::compile(expression).has_value());
  }
}

TEST_CASE("--where: what jq cannot compile is refused with its first complaint") {
  for (const std::string expression : {".value >", "nonsense(1)", "[", ""}) {
    const auto condition = JqCondition::compile(expression);
    if (expression.empty()) {
      CHECK(condition.has_value());  // jq's identity
      continue;
    }
    REQUIRE_FALSE(condition.has_value());
    CHECK(condition.error().kind() == ErrorKind::kUsage);
    CHECK(condition.error().message().find('\n') == std::string::npos);
    CHECK(
        condition.error().message().starts_with("\"" + expression + "\" is not a jq expression: "));
  }
}
