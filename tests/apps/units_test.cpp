#include <doctest/doctest.h>

#include <random>

#include <kreel/text.hpp>
#include <kreel/units.hpp>

using namespace kreel;
using std::chrono::milliseconds;

TEST_CASE("duration: one unit or several from large to small") {
  CHECK(parse_duration("500ms") == milliseconds(500));
  CHECK(parse_duration("30s") == milliseconds(30'000));
  CHECK(parse_duration("1h30m") == milliseconds(5'400'000));
  CHECK(parse_duration("7d") == milliseconds(604'800'000));
  CHECK(parse_duration("2w") == milliseconds(1'209'600'000));
  CHECK(parse_duration("1m5ms") == milliseconds(60'005));
  CHECK(parse_duration("0") == milliseconds(0));
  CHECK(parse_duration("0s") == milliseconds(0));
}

TEST_CASE("duration: a number without unit, wrong order and overflow are refused") {
  for (const char* text : {"", "10", "s", "1x", "1m1h", "1s1s", "-1s", "1.5h", " 1s", "1s ", "1 s",
                           "1S", "9223372036854775807w", "99999999999999999999s", "101w1000000d"}) {
    CAPTURE(text);
    const auto result = parse_duration(text);
    CHECK(!result);
    if (!result) CHECK(result.error().kind() == ErrorKind::kUsage);
  }
}

TEST_CASE("duration: text form and parser are each other's inverse") {
  CHECK(format_duration(milliseconds(5'400'000)) == "1h30m");
  CHECK(format_duration(milliseconds(604'800'000)) == "1w");
  CHECK(format_duration(milliseconds(691'200'000)) == "8d");
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    const milliseconds duration(static_cast<std::int64_t>(random() % 3'000'000'000'000ULL));
    CAPTURE(format_duration(duration));
    CHECK(parse_duration(format_duration(duration)) == duration);
  }
}

TEST_CASE("size: bytes, binary letters and decimal units") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("1048576") == 1'048'576);
  CHECK(parse_size("64k") == 65'536);
  CHECK(parse_size("64KiB") == 65'536);
  CHECK(parse_size("64kB") == 64'000);
  CHECK(parse_size("10g") == 10'737'418'240);
  CHECK(parse_size("1GB") == 1'000'000'000);
  for (const char* text :
       {"", "k", "-1", "1.5m", "1x", "1 k", "9223372036854775807k", "8388608t"}) {
    CAPTURE(text);
    CHECK(!parse_size(text));
  }
}

TEST_CASE("size: written for people with one decimal") {
  CHECK(format_size(0) == "0 B");
  CHECK(format_size(1023) == "1023 B");
  CHECK(format_size(1536) == "1.5 KiB");
  CHECK(format_size(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(format_size(10'737'418'240) == "10.0 GiB");
}

TEST_CASE("text: C1 control characters are escaped, other two-byte characters are not") {
  CHECK(escape_control("a\xc2\x9b"
                       "b") == "a\\xc2\\x9bb");
  CHECK(escape_control("\xc2\xa7 \xc3\x9b") == "\xc2\xa7 \xc3\x9b");
  CHECK(escape_control("\xc2") == "\\xc2");
  CHECK(escape_control("\x1b[31m\n") == "\\x1b[31m\\n");
}
