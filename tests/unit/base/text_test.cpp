#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace kreel;

TEST_CASE("text: integers are read whole or not at all") {
  CHECK(parse_int64("-42") == -42);
  CHECK(parse_int64("9223372036854775807") == 9223372036854775807LL);
  CHECK_FALSE(parse_int64("9223372036854775808"));
  CHECK_FALSE(parse_int64("12x"));
  CHECK_FALSE(parse_int64(""));
  CHECK_FALSE(parse_int64(" 1"));
  CHECK_FALSE(parse_int32("2147483648"));
}

TEST_CASE("text: control bytes are written out, so that a line stays one line") {
  CHECK(escape_control("a\nb\tc\x1b[0m\x7f") == "a\\nb\\tc\\x1b[0m\\x7f");
  CHECK(escape_control("\xc3\xa4") == "\xc3\xa4");
}

TEST_CASE("text: the nearest name is found for a slip of the finger") {
  const std::vector<std::string> names{"orders", "payments", "users"};
  CHECK(nearest("oders", names) == "orders");
  CHECK(nearest("ordesr", names) == "orders");
  CHECK(nearest("Payment", names) == "payments");
  CHECK_FALSE(nearest("shipments-2024", names));
}

TEST_CASE("text: splitting keeps empty parts") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("text: thousands are set off with commas") {
  CHECK(with_thousands(0) == "0");
  CHECK(with_thousands(999) == "999");
  CHECK(with_thousands(1'234'567) == "1,234,567");
  CHECK(with_thousands(-12'345) == "-12,345");
}
