#include "kafka/java_date.hpp"

#include <cstdlib>
#include <ctime>

#include <doctest/doctest.h>

using namespace kreel::kafka_tools;

namespace {

std::string date_text(std::string_view pattern) {
  const auto format = JavaDateFormat::make(pattern);
  return format ? format->text(1'767'323'045'067) : format.error().message;  // 2026-01-02 03:04:05
}

}  // namespace

TEST_CASE("SimpleDateFormat: the letters of a pattern, how often they stand, and quoted text") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  CHECK(date_text("yyyy-MM-dd HH:mm:ss:SSS") == "2026-01-02 03:04:05:067");
  CHECK(date_text("d/M/yy h:mm a") == "2/1/26 3:04 AM");
  CHECK(date_text("EEE, MMM d ''yy") == "Fri, Jan 2 '26");
  CHECK(date_text("EEEE 'day' D, MMMM") == "Friday day 2, January");
  CHECK(date_text("HH'h'Z X") == "03h+0000 Z");
  CHECK(date_text("qq") == "Illegal pattern character 'q'");
  CHECK(date_text("HH'h") == "Unterminated quote");
}
