#include "kafka/java_date.hpp"

#include <array>
#include <ctime>

#include <fmt/format.h>

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kDateLetters = "yMdHhmsSaEDZX";
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string short_or_long(std::string_view name, std::size_t count) {
  return std::string(count < 4 ? name.substr(0, 3) : name);
}

std::string padded(std::int64_t number, std::size_t width) {
  return fmt::format("{:0{}}", number, width);
}

std::string zone(const std::tm& local, char letter, std::size_t count) {
  const long minutes = local.tm_gmtoff / 60;
  const char sign = minutes < 0 ? '-' : '+';
  const long hours = std::labs(minutes) / 60;
  const long rest = std::labs(minutes) % 60;
  if (letter == 'X' && minutes == 0) return "Z";
  if (letter == 'X' && count == 1) return fmt::format("{}{:02}", sign, hours);
  return fmt::format("{}{:02}{}{:02}", sign, hours, letter == 'X' && count == 3 ? ":" : "", rest);
}

std::string field(const std::tm& local, std::int64_t ms, char letter, std::size_t count) {
  switch (letter) {
    case 'y':
      return count == 2 ? padded(local.tm_year % 100, 2) : padded(local.tm_year + 1900, count);
    case 'M':
      if (count > 2) return short_or_long(kMonths[static_cast<std::size_t>(local.tm_mon)], count);
      return padded(local.tm_mon + 1, count);
    case 'd':
      return padded(local.tm_mday, count);
    case 'H':
      return padded(local.tm_hour, count);
    case 'h':
      return padded((local.tm_hour + 11) % 12 + 1, count);
    case 'm':
      return padded(local.tm_min, count);
    case 's':
      return padded(local.tm_sec, count);
    case 'S':
      return padded(ms, count);
    case 'a':
      return local.tm_hour < 12 ? "AM" : "PM";
    case 'E':
      return short_or_long(kDays[static_cast<std::size_t>(local.tm_wday)], count);
    case 'D':
      return padded(local.tm_yday + 1, count);
    default:
      return zone(local, letter, count);
  }
}

}  // namespace

Outcome<JavaDateFormat> JavaDateFormat::make(std::string_view pattern) {
  JavaDateFormat format;
  const auto literal = [&](char c) {
    if (format.parts_.empty() || format.parts_.back().letter != '\'') format.parts_.emplace_back();
    format.parts_.back().text += c;
  };
  bool is_quoted = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\'' && pattern.substr(i + 1).starts_with('\'')) {
      literal(pattern[++i]);
    } else if (c == '\'') {
      is_quoted = !is_quoted;
    } else if (is_quoted || !is_letter(c)) {
      literal(c);
    } else if (kDateLetters.find(c) == std::string_view::npos) {
      return illegal_argument(fmt::format("Illegal pattern character '{}'", c));
    } else if (!format.parts_.empty() && format.parts_.back().letter == c) {
      ++format.parts_.back().count;
    } else {
      format.parts_.push_back({c, 1, ""});
    }
  }
  if (is_quoted) return illegal_argument("Unterminated quote");
  return format;
}

std::string JavaDateFormat::text(std::int64_t time_ms) const {
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::string result;
  for (const Part& part : parts_) {
    result +=
        part.letter == '\'' ? part.text : field(local, time_ms % 1000, part.letter, part.count);
  }
  return result;
}

}  // namespace kreel::kafka_tools
