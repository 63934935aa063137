#include "cli/exec_environment.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

namespace kreel::cli {
namespace {

constexpr std::string_view kHeaderPrefix = "KREEL_HEADER_";
constexpr std::array<std::string_view, 11> kVariableNames{
    "KREEL_TOPIC",          "KREEL_PARTITION", "KREEL_OFFSET",  "KREEL_TIMESTAMP",
    "KREEL_TIMESTAMP_TYPE", "KREEL_KEY",       "KREEL_KEY_HEX", "KREEL_HEADERS",
    "KREEL_NULL_VALUE",     "KREEL_ATTEMPT",   "KREEL_WORKER"};

bool is_ours(std::string_view name) {
  return name.starts_with(kHeaderPrefix) ||
         std::ranges::find(kVariableNames, name) != kVariableNames.end();
}

bool fits(std::string_view value) {
  return value.find('\0') == std::string_view::npos;
}

// "trace-id" -> KREEL_HEADER_TRACE_ID.
std::string header_variable(std::string_view name) {
  std::string variable(kHeaderPrefix);
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    variable += byte < 128 && std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return variable;
}

// The value of "headers" in the record's JSON: what stands there instead of the [] of no headers.
std::string headers_json(const Record& record) {
  Record only;
  std::string without;
  std::string with;
  RecordViewBuffer buffer;
  append_jsonl(buffer.view_of(only), without);
  only.headers = record.headers;
  append_jsonl(buffer.view_of(only), with);
  constexpr std::size_t kTail = std::string_view("}\n").size();
  const std::size_t start = without.size() - kTail - std::string_view("[]").size();
  return with.substr(start, with.size() - kTail - start);
}

}  // namespace

std::vector<std::string> worker_environment(const Environment& base, int worker) {
  std::vector<std::string> result;
  for (const auto& [name, value] : base) {
    if (!is_ours(name)) result.push_back(name + '=' + value);
  }
  result.push_back(fmt::format("KREEL_WORKER={}", worker));
  return result;
}

std::vector<std::string> record_environment(const Environment& base, const ExecTask& task,
                                            int worker) {
  const Record& record = task.record;
  std::vector<std::string> result = worker_environment(base, worker);
  result.push_back("KREEL_TOPIC=" + record.topic);
  result.push_back(fmt::format("KREEL_PARTITION={}", record.partition.value_or(-1)));
  result.push_back(fmt::format("KREEL_OFFSET={}", task.offset()));
  result.push_back(fmt::format("KREEL_ATTEMPT={}", task.attempts + 1));
  result.push_back(fmt::format("KREEL_TIMESTAMP_TYPE={}", to_string(record.timestamp_type)));
  if (record.timestamp_ms)
    result.push_back(fmt::format("KREEL_TIMESTAMP={}", *record.timestamp_ms));
  if (!record.value) result.push_back("KREEL_NULL_VALUE=1");
  if (record.key && fits(*record.key)) {
    result.push_back("KREEL_KEY=" + *record.key);
  } else if (record.key) {
    std::string hex = "KREEL_KEY_HEX=";
    for (const char c : *record.key) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    result.push_back(std::move(hex));
  }
  result.push_back("KREEL_HEADERS=" + headers_json(record));
  // Of headers with one name the last one counts, as in a map.
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : record.headers) {
    if (value && fits(*value)) headers[header_variable(name)] = *value;
  }
  for (const auto& [name, value] : headers) result.push_back(name + '=' + value);
  return result;
}

}  // namespace kreel::cli
