#include <doctest/doctest.h>

#include <random>

#include "kreel/record.hpp"

using namespace kreel;

namespace {

std::string line_of(const Record& record) {
  RecordViewBuffer buffer;
  std::string line;
  append_jsonl(buffer.view_of(record), line);
  return line;
}

Error parse_error(std::string_view line) {
  const auto record = parse_jsonl(line, "stdin", 1042);
  REQUIRE_FALSE(record);
  return record.error();
}

class RandomRecords {
 public:
  explicit RandomRecords(std::uint64_t seed) : engine_(seed) {}

  Record next() {
    Record record;
    record.topic = "t" + std::to_string(below(10));
    if (below(2) != 0) record.partition = static_cast<std::int32_t>(below(100));
    if (below(2) != 0) record.offset = static_cast<std::int64_t>(below(1U << 30)) << 20;
    if (below(2) != 0) record.timestamp_ms = static_cast<std::int64_t>(below(1U << 30));
    record.timestamp_type = static_cast<TimestampType>(below(3));
    record.key = bytes();
    record.value = bytes();
    for (std::size_t i = below(4); i > 0; --i) {
      record.headers.emplace_back(bytes().value_or("h"), bytes());
    }
    return record;
  }

 private:
  std::size_t below(std::size_t limit) { return engine_() % limit; }

  /// Null, empty, ASCII with control bytes, UTF-8, or anything.
  std::optional<std::string> bytes() {
    static const std::vector<std::string> kPieces{"a",    "\"", "\\", "\n", "\x01",
                                                  "\x7f", "ä",  "€",  "😀",  " "};
    std::string text;
    switch (below(5)) {
      case 0:
        return std::nullopt;
      case 1:
        return "";
      case 2:
        for (std::size_t i = below(40); i > 0; --i) text += static_cast<char>(below(256));
        return text;
      default:
        for (std::size_t i = below(20); i > 0; --i) text += kPieces[below(kPieces.size())];
        return text;
    }
  }

  std::mt19937_64 engine_;
};

}  // namespace

TEST_CASE("record json: random records come back as they were") {
  RandomRecords records(20261121);
  for (int i = 0; i < 5'000; ++i) {
    const Record record = records.next();
    const std::string line = line_of(record);
    REQUIRE(line.find('\n') == line.size() - 1);
    const auto back = parse_jsonl(line, "test", 1);
    CAPTURE(line);
    REQUIRE(back);
    REQUIRE(*back == record);
  }
}

TEST_CASE("record json: the keys, in their order") {
  Record record;
  record.topic = "orders";
  record.partition = 3;
  record.offset = 17;
  record.timestamp_ms = 1'700'000'000'000;
  record.timestamp_type = TimestampType::kCreateTime;
  record.key = "";
  record.value = std::string("\xff\x00", 2);
  record.headers = {{"a", "1"}, {"a", std::nullopt}};
  CHECK(line_of(record) ==
        R"({"topic":"orders","partition":3,"offset":17,"ts":1700000000000,"ts_type":"create_time",)"
        R"("key":"","value":{"b64":"/wA="},"headers":[["a","1"],["a",null]]})"
        "\n");
}

TEST_CASE("record json: absent keys are null, and any order is read") {
  const auto record = parse_jsonl(R"({"value":"x","key":null})", "stdin", 1);
  REQUIRE(record);
  CHECK(record->value == "x");
  CHECK_FALSE(record->key);
  CHECK(record->topic.empty());
  CHECK(record->headers.empty());
}

TEST_CASE("record json: what another program says of the timestamp's type is not used") {
  for (const std::string_view line :
       {R"({"value":"","ts_type":"now"})", R"({"value":"","ts_type":7})"}) {
    CAPTURE(line);
    CHECK(parse_jsonl(line, "stdin", 1));
  }
}

TEST_CASE("record json: who writes null says so: an object without a field of a record is none") {
  for (const std::string_view line :
       {R"({"key":null})", R"({"value":null})", R"({"headers":[]})"}) {
    CAPTURE(line);
    CHECK(parse_jsonl(line, "stdin", 1));
  }
  constexpr std::string_view kWhy = R"(no "key", "value" or "headers")";
  CHECK(parse_error("{}").message() == "stdin:1042:1: " + std::string(kWhy));
  CHECK(parse_error(R"(  {"topic":"t","ts":1})").message() == "stdin:1042:3: " + std::string(kWhy));
}

TEST_CASE("record json: malformed lines are told by line and column") {
  CHECK(parse_error(R"({"key":"a","b" "c"})").message() == "stdin:1042:16: expected ':'");
  CHECK(parse_error(R"({"key":"abcdef" "value":1})").message() == "stdin:1042:17: expected ','");
  CHECK(parse_error(R"({"headers":[["a" "b"]]})").message() == "stdin:1042:18: expected ','");
  CHECK(parse_error(R"({"key":"a")").message() == "stdin:1042:11: expected '}'");
  CHECK(parse_error("").message().starts_with("stdin:1042:1: "));
  CHECK(parse_error("{} {}").message() == "stdin:1042:4: expected end of input");
  CHECK(parse_error("{\"key\":\"\xff\"}").message().starts_with("stdin:1042:9: invalid string"));
  CHECK(parse_error(R"({"key":"a")").kind() == ErrorKind::kBadInput);
}

TEST_CASE("record json: what is not a record is told by its key") {
  const struct {
    std::string_view line;
    std::string_view why;
  } cases[] = {
      {"[]", "1: expected an object"},
      {"  7", "3: expected an object"},
      {R"({"hedaers":[]})", "2: unknown key \"hedaers\""},
      {R"({"value":{"a":[1,"}"]}, "x":1})",
       "10: value: expected a string, null or {\"b64\":\"…\"}"},
      {R"({"key":"k", "x":[1]})", "13: unknown key \"x\""},
      {R"({"key":1})", "8: key: expected a string, null or {\"b64\":\"…\"}"},
      {R"({"key":{"b64":"a"}})", "8: key: not base64"},
      {R"({"key":{"b64":"YQ==","x":1}})", "8: key: expected a string, null or {\"b64\":\"…\"}"},
      {R"({"value":"a\"}", "k\u0065y" : 1})",
       "31: key: expected a string, null or {\"b64\":\"…\"}"},
      {R"({"ts":1.5})", "7: ts: expected an integer"},
      {R"({"ts":18446744073709551615})", "7: ts: out of range"},
      {R"({"partition":-1})", "14: partition: out of range"},
      {R"({"partition":2147483648})", "14: partition: out of range"},
      {R"({"headers":{"a":"b"}})", "12: headers: expected [[name,value],…]"},
      {R"({"headers":[["a"]]})", "13: headers: expected [[name,value],…]"},
      {R"({"headers":[["a","b"], ["c",[]] ]})",
       "29: headers: expected a string, null or {\"b64\":\"…\"}"},
      {R"({"headers":[[null,"b"]]})", "14: headers: a name cannot be null"},
      {R"({"topic":7})", "10: topic: expected a string"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.line);
    CHECK(parse_error(one.line).message() == "stdin:1042:" + std::string(one.why));
  }
}

TEST_CASE("record json: a key that stands twice is named, at the second one") {
  CHECK(parse_error(R"({"value":"a", "key":"b", "value":"c"})").message() ==
        "stdin:1042:26: \"value\" stands there twice");
  CHECK(parse_error(R"({"value":{"b64":"YQ==","b64":"Yg=="}})").message() ==
        "stdin:1042:24: \"b64\" stands there twice");
  CHECK(parse_jsonl(R"({"value":{"b64":"YQ=="},"key":{"b64":"YQ=="}})", "stdin", 1));
}

TEST_CASE("record json: deep nesting is read without a deep stack") {
  const std::string line = R"({"key":)" + std::string(1'000'000, '[');
  CHECK(parse_error(line).kind() == ErrorKind::kBadInput);
}

TEST_CASE("record json: a line has no byte that a terminal acts on") {
  Record record;
  record.value = "a\x1b\xc2\x9b\xc3\x9b";
  const std::string line = line_of(record);
  CHECK(line.find(R"("value":"a\u001b\u009b)"
                  "\xc3\x9b\"") != std::string::npos);
  CHECK(parse_jsonl(line, "stdin", 1)->value == record.value);
}
