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

TEST_CASE("text: nothing steers a terminal: 8-bit controls, what is no UTF-8, turned text") {
  CHECK(escape_control("a\x9b"
                       "2J") == "a\\x9b2J");
  CHECK(escape_control("a\xc2\x9b"
                       "2J\xc2\xa0") == "a\\xc2\\x9b2J\xc2\xa0");
  CHECK(escape_control("\xe2\x80\xaeuser\xe2\x81\xa6\xe2\x80\xa8") ==
        "\\xe2\\x80\\xaeuser\\xe2\\x81\\xa6\\xe2\\x80\\xa8");
  CHECK(escape_control("\xe2\x82\xac \xe2\x80\xa6 \xf0\x9f\x98\x80\xe2\x80") ==
        "\xe2\x82\xac \xe2\x80\xa6 \xf0\x9f\x98\x80\\xe2\\x80");
}

TEST_CASE("text: UTF-8 is told from what only looks like it") {
  CHECK(is_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const std::string bad :
       {"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    CHECK_FALSE(is_utf8(bad));
  }
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
