#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "broker/faults.hpp"
#include "kreel/units.hpp"

namespace kreel::broker {
namespace {

constexpr std::string_view kEveryApi = "all";
constexpr std::int64_t kLatencyMsMax = 600'000;

tl::unexpected<Error> usage(std::string_view text, std::string why, std::string hint = {}) {
  return fail(ErrorKind::kUsage, fmt::format("fault \"{}\": {}", text, why), std::move(hint));
}

// "list_offsets", "ListOffsets" and "list-offsets" are one name.
std::string plain(std::string_view name) {
  std::string text = to_lower(name);
  std::erase_if(text, [](char c) { return c == '_' || c == '-'; });
  return text;
}

Result<std::optional<protocol::ApiKey>> parse_api(std::string_view name, std::string_view text) {
  if (name == kEveryApi) return std::nullopt;
  std::vector<std::string> names;
  for (const protocol::ApiInfo& api : protocol::api_table()) {
    if (plain(api.name) == plain(name)) return api.key;
    names.push_back(snake_case(api.name));
  }
  const auto near = nearest(to_lower(name), names);
  return usage(text, fmt::format("there is no API \"{}\"", name),
               near ? fmt::format("did you mean {}?", *near)
                    : fmt::format("all, or one of {}", fmt::join(names, ", ")));
}

Result<protocol::ErrorCode> parse_error(std::string_view name, std::string_view text) {
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '-') c = '_';
  }
  const auto code = protocol::error_code_from_name(upper);
  if (code && *code != protocol::ErrorCode::NONE) return *code;
  std::vector<std::string> names;
#define KREEL_ERROR(error_name, number, retriable, meaning) names.emplace_back(#error_name);
#include "protocol/error_code.def"
#undef KREEL_ERROR
  if (code) return usage(text, "NONE is no error", "kreel errors lists them");
  const auto near = nearest(upper, names);
  return usage(text, fmt::format("there is no error \"{}\"", name),
               near ? fmt::format("did you mean {}?", *near) : "kreel errors lists them");
}

Result<std::int64_t> parse_latency_ms(std::string_view part, std::string_view text) {
  const auto duration = parse_duration(part);
  if (!duration) return usage(text, duration.error().message(), "fetch=200ms, fetch=100ms-300ms");
  if (duration->count() <= kLatencyMsMax) return duration->count();
  return usage(
      text, fmt::format("more than {}", format_duration(std::chrono::milliseconds(kLatencyMsMax))));
}

}  // namespace

std::string snake_case(std::string_view api_name) {
  std::string text;
  for (const char c : api_name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && !text.empty()) text += '_';
    text += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

Result<FaultRule> parse_error_fault(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) {
    return usage(text, "not API:ERROR or API:ERROR:N", "produce:NOT_LEADER_OR_FOLLOWER:3");
  }
  FaultRule rule;
  TRY_ASSIGN(rule.api, parse_api(parts[0], text));
  TRY_ASSIGN(rule.error, parse_error(parts[1], text));
  if (parts.size() == 2) return rule;
  const auto count = parse_int64(parts[2]);
  if (!count || *count < 1) {
    return usage(text, fmt::format("\"{}\" is not a number above 0", parts[2]));
  }
  rule.left = static_cast<std::uint64_t>(*count);
  return rule;
}

Result<FaultRule> parse_latency_fault(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    return usage(text, "not API=DURATION", "fetch=200ms, fetch=100ms-300ms");
  }
  FaultRule rule;
  rule.kind = FaultRule::Kind::kLatency;
  TRY_ASSIGN(rule.api, parse_api(text.substr(0, equals), text));
  const std::string_view range = text.substr(equals + 1);
  const auto dash = range.find('-');
  TRY_ASSIGN(rule.latency_min_ms, parse_latency_ms(range.substr(0, dash), text));
  rule.latency_max_ms = rule.latency_min_ms;
  if (dash != std::string_view::npos) {
    TRY_ASSIGN(rule.latency_max_ms, parse_latency_ms(range.substr(dash + 1), text));
  }
  if (rule.latency_max_ms < rule.latency_min_ms) {
    return usage(text, "the range ends before it begins");
  }
  return rule;
}

Result<FaultRule> parse_drop_fault(std::string_view text) {
  const auto percent =
      text.ends_with('%') ? parse_double(text.substr(0, text.size() - 1)) : std::nullopt;
  if (!percent || !(*percent > 0 && *percent <= 100)) {
    return usage(text, "not a share above 0% and up to 100%", "1%, 0.5%");
  }
  FaultRule rule;
  rule.kind = FaultRule::Kind::kDrop;
  rule.drop_share = *percent / 100;
  return rule;
}

}  // namespace kreel::broker
