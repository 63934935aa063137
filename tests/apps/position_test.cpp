#include <doctest/doctest.h>

#include <random>

#include <kreel/position.hpp>

using namespace kreel;

namespace {

constexpr std::int64_t kToday = 1'763'712'000'000;  // 2025-11-21T08:00:00Z

TimeContext utc() {
  return {kToday, "UTC"};
}
TimeContext berlin() {
  return {kToday, "Europe/Berlin"};
}

Position at(Position::Anchor anchor, std::int64_t value = 0, std::int64_t delta = 0) {
  return {.anchor = anchor, .value = value, .delta = delta};
}

std::string why(std::string_view text, const TimeContext& context = utc()) {
  const auto result = parse_position(text, context);
  return result ? "accepted" : result.error().message();
}
std::string hint(std::string_view text) {
  const auto result = parse_position(text, utc());
  return result ? "accepted" : result.error().hint();
}
std::int64_t time_of(std::string_view text, const TimeContext& context = utc()) {
  const auto result = parse_time(text, context);
  CHECK_MESSAGE(result.has_value(), text);
  return result.value_or(-1);
}

}  // namespace

TEST_CASE("position: anchors, offsets and distances from anchors") {
  using A = Position::Anchor;
  CHECK(parse_position("start", utc()) == at(A::kStart));
  CHECK(parse_position("end", utc()) == at(A::kEnd));
  CHECK(parse_position("committed", utc()) == at(A::kCommitted));
  CHECK(parse_position("1234", utc()) == at(A::kOffset, 1234));
  CHECK(parse_position("0", utc()) == at(A::kOffset, 0));
  CHECK(parse_position("9223372036854775807", utc()) ==
        at(A::kOffset, std::numeric_limits<std::int64_t>::max()));
  CHECK(parse_position("end-100", utc()) == at(A::kEnd, 0, -100));
  CHECK(parse_position("start+5", utc()) == at(A::kStart, 0, 5));
  CHECK(parse_position("committed-50", utc()) == at(A::kCommitted, 0, -50));
  CHECK(parse_position("@now", utc()) == at(A::kTime, kToday));
  CHECK(parse_position("@-2h30m", utc()) == at(A::kTime, kToday - 9'000'000));
}

TEST_CASE("position: what is no position is refused with what to write") {
  CHECK(why("") == "\"\" is not a position");
  CHECK(why("middle") == "\"middle\" is not a position");
  CHECK(hint("middle").find("end-100") != std::string::npos);
  CHECK(hint("beginning") == "did you mean \"start\"?");
  CHECK(hint("LATEST") == "did you mean \"end\"?");
  CHECK(hint("-5") == "did you mean \"end-5\"?");
  CHECK(hint("2026-11-01") == "did you mean \"@2026-11-01\"?");
  CHECK(hint("-2h30m") == "did you mean \"@-2h30m\"?");
  CHECK(why("end-") != "accepted");
  CHECK(why("end--5") != "accepted");
  CHECK(why("end- 5") != "accepted");
  CHECK(why("ending") != "accepted");
  CHECK(why("1234+5") != "accepted");
  CHECK(why(" 5") != "accepted");
  CHECK(why("+5") != "accepted");
  CHECK(why("9223372036854775808") == "offset 9223372036854775808 is too large");
  CHECK(why("end-9223372036854775808") != "accepted");
  CHECK(why("@") == "\"\" is not a time");
  CHECK(why("@+5m") != "accepted");
  CHECK(why("@-") != "accepted");
}

TEST_CASE("position: digits that may be seconds or milliseconds are ambiguous") {
  CHECK(why("@16225056") ==
        "ambiguous time \"16225056\": write 10 digits for s, 13 for ms, or a date");
  CHECK(why("@16225056000").starts_with("ambiguous"));
  CHECK(why("@99999999999999999999").starts_with("ambiguous"));
  CHECK(time_of("1622505600") == 1'622'505'600'000);
  CHECK(time_of("1622505600123") == 1'622'505'600'123);
}

TEST_CASE("time: RFC 3339 and its shorter forms") {
  CHECK(time_of("2025-11-21T08:00:00Z") == kToday);
  CHECK(time_of("2025-11-21t08:00:00z") == kToday);
  CHECK(time_of("2025-11-21 08:00:00Z") == kToday);
  CHECK(time_of("2025-11-21T08:00Z") == kToday);
  CHECK(time_of("2025-11-21T08:00") == kToday);
  CHECK(time_of("2025-11-21") == kToday - 8 * 3'600'000);
  CHECK(time_of("2025-11-21T09:00:00+01:00") == kToday);
  CHECK(time_of("2025-11-21T09:00:00+0100") == kToday);
  CHECK(time_of("2025-11-21T03:30:00-04:30") == kToday);
  CHECK(time_of("2025-11-21T08:00:00.5Z") == kToday + 500);
  CHECK(time_of("2025-11-21T08:00:00.123456789Z") == kToday + 123);
  CHECK(time_of("2024-02-29") == 1'709'164'800'000);
  CHECK(time_of("2016-12-31T23:59:60Z") == 1'483'228'800'000);
}

TEST_CASE("time: dates and times of day that do not exist are refused") {
  for (const char* text :
       {"@2025-02-29", "@2025-13-01", "@2025-00-10", "@2025-04-31", "@1969-12-31",
        "@2025-01-01T24:00:00", "@2025-01-01T10:60", "@2025-01-01T10:00:61", "@2025-1-1",
        "@2025-01-01T", "@2025-01-01T10", "@2025-01-01T10:00:00X", "@2025-01-01T10:00:00+25:00",
        "@2025-01-01T10:00:00.", "@2025-01-01T10:00:00Z ", "@20250101T100000Z", "@yesterday"}) {
    CAPTURE(text);
    CHECK(why(text) != "accepted");
  }
}

TEST_CASE("time: without a zone it is in the zone asked for, with one it is not") {
  CHECK(time_of("2025-11-21T09:00:00", berlin()) == kToday);
  CHECK(time_of("2025-07-01T10:00:00", berlin()) == time_of("2025-07-01T08:00:00Z"));
  CHECK(time_of("2025-11-21T08:00:00Z", berlin()) == kToday);
  CHECK(time_of("1622505600", berlin()) == 1'622'505'600'000);
}

TEST_CASE("time: an hour that clocks skip or repeat is refused, naming the offsets") {
  CHECK(why("@2025-03-30T02:30:00", berlin()) ==
        "2025-03-30T02:30:00 does not exist in Europe/Berlin: clocks skip it");
  const auto twice = parse_time("2025-10-26T02:30:00", berlin());
  REQUIRE(!twice);
  CHECK(twice.error().message() == "2025-10-26T02:30:00 happens twice in Europe/Berlin");
  CHECK(twice.error().hint() ==
        "write the offset: 2025-10-26T02:30:00+02:00 or 2025-10-26T02:30:00+01:00");
  CHECK(time_of("2025-10-26T02:30:00+02:00", berlin()) == time_of("2025-10-26T00:30:00Z"));
}

TEST_CASE("time: an unknown zone is named") {
  const auto result = parse_time("2025-01-01", {kToday, "Mars/Base"});
  REQUIRE(!result);
  CHECK(result.error().message() == "unknown time zone \"Mars/Base\"");
  CHECK(!format_time(0, "Mars/Base").has_value());
}

TEST_CASE("time: instants are written in UTC or in a zone") {
  CHECK(format_time(0) == "1970-01-01T00:00:00Z");
  CHECK(format_time(kToday) == "2025-11-21T08:00:00Z");
  CHECK(format_time(kToday + 7) == "2025-11-21T08:00:00.007Z");
  CHECK(format_time(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
  CHECK(format_time(-1) == "-1");
  CHECK(format_time(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(format_time(kToday, "Europe/Berlin") == "2025-11-21T09:00:00+01:00");
  CHECK(format_time(kToday, "America/St_Johns") == "2025-11-21T04:30:00-03:30");
}

TEST_CASE("position: text form and parser are each other's inverse") {
  std::mt19937_64 random(20251121);
  const auto below = [&](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  };
  for (int i = 0; i < 5000; ++i) {
    Position position;
    position.anchor = static_cast<Position::Anchor>(below(5));
    if (position.anchor == Position::Anchor::kOffset) {
      position.value = below(std::numeric_limits<std::int64_t>::max());
    } else if (position.anchor == Position::Anchor::kTime) {
      position.value = below(253'402'300'800'000);
    } else {
      position.delta = below(2'000'001) - 1'000'000;
    }
    const std::string text = to_string(position);
    CAPTURE(text);
    CHECK(parse_position(text, utc()) == position);
  }
}

TEST_CASE("position: no text makes the parsers crash, and what they accept has a text form") {
  constexpr std::string_view kLetters = "startendcommitted@0123456789-+:.TZ mhds,";
  std::mt19937_64 random(7);
  int accepted = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (std::uint64_t size = random() % 24; size > 0; --size) {
      text += kLetters[random() % kLetters.size()];
    }
    if (i % 3 == 0) text.insert(0, "@2025-");
    if (const auto position = parse_position(text, utc())) {
      ++accepted;
      CHECK(parse_position(to_string(*position), utc()) == *position);
    }
    static_cast<void>(parse_position_range(text, utc()));
    static_cast<void>(parse_rewind_by(text));
    static_cast<void>(parse_topic_partitions(text));
    static_cast<void>(parse_partitions(text));
  }
  CHECK(accepted > 100);
}

TEST_CASE("range: two positions around two dots, either may be missing") {
  using A = Position::Anchor;
  const auto both = parse_position_range("start+1..end-100", utc());
  REQUIRE(both);
  CHECK(both->from == at(A::kStart, 0, 1));
  CHECK(both->until == at(A::kEnd, 0, -100));
  const auto tail = parse_position_range("@2025-11-21..", utc());
  REQUIRE(tail);
  CHECK(tail->from.has_value());
  CHECK(!tail->until.has_value());
  CHECK(parse_position_range("..100", utc())->until == at(A::kOffset, 100));
  CHECK(!parse_position_range("..", utc()));
  CHECK(!parse_position_range("start", utc()));
  CHECK(!parse_position_range("start..middle", utc()));
}

TEST_CASE("rewind: a number is records, a number with a unit is time") {
  CHECK(parse_rewind_by("1000") == RewindBy{std::nullopt, 1000});
  CHECK(parse_rewind_by("30m") == RewindBy{1'800'000, std::nullopt});
  CHECK(!parse_rewind_by("-5"));
  CHECK(!parse_rewind_by(""));
  CHECK(!parse_rewind_by("99999999999999999999"));
}

TEST_CASE("partitions: lists and ranges, sorted and without duplicates") {
  CHECK(parse_partitions("0,3-5") == std::vector<std::int32_t>{0, 3, 4, 5});
  CHECK(parse_partitions("5,3-5,3") == std::vector<std::int32_t>{3, 4, 5});
  CHECK(parse_partitions("2147483647") == std::vector<std::int32_t>{2147483647});
  for (const char* text : {"", ",", "1,", "-1", "3-1", "a", "1-", "1-2-3", "2147483648"}) {
    CAPTURE(text);
    CHECK(!parse_partitions(text));
  }
}

TEST_CASE("partitions: a range that would fill memory is refused before it does") {
  CHECK(!parse_partitions("0-2147483647"));
  CHECK(!parse_partitions("0-99999,200000"));
  CHECK(parse_partitions("0-99999")->size() == 100'000);
}

TEST_CASE("topic partitions: a topic, all of it or some partitions") {
  CHECK(parse_topic_partitions("orders") == TopicPartitions{"orders", {}});
  CHECK(parse_topic_partitions("orders:0,3-4") == TopicPartitions{"orders", {0, 3, 4}});
  CHECK(!parse_topic_partitions("orders:"));
  CHECK(!parse_topic_partitions(":1"));
  CHECK(!parse_topic_partitions(""));
}
