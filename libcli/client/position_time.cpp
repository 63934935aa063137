#include <chrono>
#include <cmath>
#include <limits>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include "kreel/position.hpp"
#include "kreel/text.hpp"
#include "kreel/units.hpp"

namespace kreel {
namespace {

using Millis = std::chrono::milliseconds;
using SysMillis = date::sys_time<Millis>;
using LocalMillis = date::local_time<Millis>;

// 9999-12-31T23:59:59.999Z: the last instant that RFC 3339 can write.
constexpr std::int64_t kTimeMaxMs = 253'402'300'799'999;

tl::unexpected<Error> not_a_time(std::string_view text) {
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a time", text),
              "write 2026-11-20T08:00:00Z, 2026-11-20, 10 or 13 digits, now or -2h30m");
}

// Reads fixed-width fields off the front of a text; one bad field makes all that follow fail.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  unsigned digits(std::size_t count) {
    unsigned value = 0;
    if (rest_.size() < count) bad_ = true;
    for (std::size_t i = 0; i < count && !bad_; ++i) {
      const char c = rest_[i];
      if (c < '0' || c > '9') bad_ = true;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (!bad_) rest_.remove_prefix(count);
    return bad_ ? 0 : value;
  }
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_[0]) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view any_of) {
    if (!take(any_of)) bad_ = true;
  }
  // Digits after the point; what is finer than a millisecond is cut off.
  unsigned fraction_ms() {
    unsigned value = 0;
    std::size_t count = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      if (count < 3) value = value * 10 + static_cast<unsigned>(rest_[0] - '0');
      ++count;
      rest_.remove_prefix(1);
    }
    if (count == 0 || count > 9) bad_ = true;
    for (; count < 3; ++count) value *= 10;
    return value;
  }
  bool done() const { return rest_.empty(); }
  bool bad() const { return bad_; }
  char front() const { return rest_.empty() ? '\0' : rest_[0]; }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

// locate_zone reads the zone database and throws for an unknown name: a border to the library.
Result<const date::time_zone*> find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return fail(ErrorKind::kUsage, fmt::format("unknown time zone \"{}\"", name),
                "write an IANA name, such as Europe/Berlin or UTC");
  }
}

std::string offset_text(std::chrono::seconds offset) {
  const std::int64_t minutes = offset.count() / 60;
  const std::int64_t size = minutes < 0 ? -minutes : minutes;
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

Result<std::int64_t> from_local(LocalMillis local, std::string_view text, std::string_view zone) {
  if (zone == "UTC") return local.time_since_epoch().count();
  TRY_ASSIGN(const date::time_zone* found, find_zone(zone));
  const date::local_info info = found->get_info(local);
  if (info.result == date::local_info::nonexistent) {
    return fail(ErrorKind::kUsage,
                fmt::format("{} does not exist in {}: clocks skip it", text, zone),
                fmt::format("write the offset: {}{}", text, offset_text(info.first.offset)));
  }
  if (info.result == date::local_info::ambiguous) {
    return fail(ErrorKind::kUsage, fmt::format("{} happens twice in {}", text, zone),
                fmt::format("write the offset: {0}{1} or {0}{2}", text,
                            offset_text(info.first.offset), offset_text(info.second.offset)));
  }
  return (local.time_since_epoch() - info.first.offset).count();
}

Result<std::int64_t> parse_calendar(std::string_view text, const TimeContext& context) {
  Fields fields(text);
  const auto year = static_cast<int>(fields.digits(4));
  fields.expect("-");
  const unsigned month = fields.digits(2);
  fields.expect("-");
  const unsigned day = fields.digits(2);
  const date::year_month_day ymd{date::year(year), date::month(month), date::day(day)};
  if (fields.bad()) return not_a_time(text);
  if (!ymd.ok() || year < 1970) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\": there is no such date", text));
  }
  LocalMillis local{date::local_days(ymd)};
  if (fields.done()) return from_local(local, text, context.zone);

  fields.expect("Tt ");
  const unsigned hour = fields.digits(2);
  fields.expect(":");
  const unsigned minute = fields.digits(2);
  unsigned second = 0;
  unsigned millis = 0;
  if (fields.take(":")) {
    second = fields.digits(2);
    if (fields.take(".")) millis = fields.fraction_ms();
  }
  if (fields.bad()) return not_a_time(text);
  // RFC 3339 writes a leap second as :60; it is the first instant of the next minute here.
  if (hour > 23 || minute > 59 || second > 60) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\": there is no such time of day", text));
  }
  local += std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
           Millis(millis);
  if (fields.done()) return from_local(local, text, context.zone);
  if (fields.take("Zz")) {
    if (!fields.done()) return not_a_time(text);
    return local.time_since_epoch().count();
  }
  const bool behind_utc = fields.front() == '-';
  fields.expect("+-");
  const unsigned offset_hours = fields.digits(2);
  fields.take(":");
  const unsigned offset_minutes = fields.digits(2);
  if (fields.bad() || !fields.done() || offset_hours > 18 || offset_minutes > 59) {
    return not_a_time(text);
  }
  const Millis offset = std::chrono::hours(offset_hours) + std::chrono::minutes(offset_minutes);
  return (local.time_since_epoch() + (behind_utc ? offset : -offset)).count();
}

std::string calendar_text(LocalMillis local) {
  const auto day = date::floor<date::days>(local);
  const date::year_month_day ymd(day);
  const auto time = date::make_time(local - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(ymd.year()),
                  static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  const auto millis = time.subseconds().count();
  if (millis != 0) text += fmt::format(".{:03}", millis);
  return text;
}

}  // namespace

Result<std::int64_t> parse_time(std::string_view text, const TimeContext& context) {
  if (text == "now") return context.now_ms;
  if (text.starts_with('-')) {
    const auto back = parse_duration(text.substr(1));
    if (!back) return not_a_time(text);
    return context.now_ms - back->count();
  }
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto number = parse_int64(text);
    if (number && text.size() == 10) return *number * 1000;
    if (number && text.size() == 13) return *number;
    return fail(
        ErrorKind::kUsage,
        fmt::format("ambiguous time \"{}\": write 10 digits for s, 13 for ms, or a date", text));
  }
  return parse_calendar(text, context);
}

std::string format_time(std::int64_t time_ms) {
  // Outside the calendar of RFC 3339 the number itself is the honest answer.
  if (time_ms < 0 || time_ms > kTimeMaxMs) return fmt::format("{}", time_ms);
  return calendar_text(LocalMillis(Millis(time_ms))) + "Z";
}

Result<std::string> format_time(std::int64_t time_ms, std::string_view zone) {
  if (zone == "UTC" || time_ms < 0 || time_ms > kTimeMaxMs) return format_time(time_ms);
  TRY_ASSIGN(const date::time_zone* found, find_zone(zone));
  const SysMillis instant{Millis(time_ms)};
  const date::sys_info info = found->get_info(instant);
  return calendar_text(LocalMillis(instant.time_since_epoch() + info.offset)) +
         offset_text(info.offset);
}

}  // namespace kreel
