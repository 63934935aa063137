#include "cli/quota_options.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

namespace kreel::cli {
namespace {

enum class QuotaUnit { kBytes, kPercent, kRate };

struct QuotaName {
  std::string_view key;
  QuotaUnit unit;
};

constexpr std::string_view kQuotaOfAddresses = "connection_creation_rate";
constexpr auto kQuotaNames = std::to_array<QuotaName>({
    {"producer_byte_rate", QuotaUnit::kBytes},
    {"consumer_byte_rate", QuotaUnit::kBytes},
    {"request_percentage", QuotaUnit::kPercent},
    {"controller_mutation_rate", QuotaUnit::kRate},
    {kQuotaOfAddresses, QuotaUnit::kRate},
});

constexpr std::string_view kDefaultName = "<default>";
constexpr double kWholeMax = 9e15;

Result<double> parse_value(QuotaUnit unit, std::string_view text) {
  if (unit == QuotaUnit::kBytes) {
    if (text.ends_with("/s")) text.remove_suffix(2);
    TRY_ASSIGN(const std::int64_t bytes, parse_size(text));
    return static_cast<double>(bytes);
  }
  if (unit == QuotaUnit::kPercent && text.ends_with('%')) text.remove_suffix(1);
  const auto number = parse_double(text);
  if (!number || !std::isfinite(*number)) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a number", escape_control(text)));
  }
  return *number;
}

Value name_in(const QuotaEntity& entity, std::string_view type) {
  const auto part = std::ranges::find(entity, type, &QuotaPart::type);
  if (part == entity.end()) return {};
  return part->name ? Value(*part->name) : Value(kDefaultName);
}

}  // namespace

std::vector<std::vector<std::string>> exclusive_quota_options() {
  return {{"--user", "--default-user"},
          {"--client-id", "--default-client-id"},
          {"--ip", "--default-ip"}};
}

Result<void> check_quota_entity(const QuotaEntityArgs& args, bool required) {
  const bool of_client = args.user || args.default_user || args.client_id || args.default_client_id;
  const bool of_ip = args.ip || args.default_ip;
  if (of_ip && of_client) {
    return fail(ErrorKind::kUsage, "a quota of an address is of no user and no client id",
                "--ip ADDRESS alone");
  }
  if (required && !of_ip && !of_client) {
    return fail(ErrorKind::kUsage, "whose quota?",
                "--user USER, --client-id ID, both, or --ip ADDRESS; --default-user and such for "
                "all who have none of their own");
  }
  for (const auto& name : {args.user, args.client_id, args.ip}) {
    if (name && name->empty()) return fail(ErrorKind::kUsage, "a name is empty");
  }
  constexpr std::string_view kPrincipal = "User:";
  if (args.user && args.user->starts_with(kPrincipal)) {
    return fail(ErrorKind::kUsage,
                fmt::format("--user {}: quotas name the user alone", escape_control(*args.user)),
                fmt::format("--user {}", escape_control(args.user->substr(kPrincipal.size()))));
  }
  return {};
}

QuotaEntity quota_entity(const QuotaEntityArgs& args) {
  QuotaEntity entity;
  if (args.client_id || args.default_client_id) entity.push_back({"client-id", args.client_id});
  if (args.ip || args.default_ip) entity.push_back({"ip", args.ip});
  if (args.user || args.default_user) entity.push_back({"user", args.user});
  return entity;
}

std::string describe(const QuotaEntity& entity) {
  std::vector<std::string> parts;
  for (const QuotaPart& part : entity) {
    parts.push_back(part.name ? fmt::format("{} \"{}\"", part.type, escape_control(*part.name))
                              : fmt::format("the default {}", part.type));
  }
  std::ranges::reverse(parts);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<Column> quota_columns() {
  return {{"user"}, {"client_id"}, {"ip"}, {"quota"}, {"value"}};
}

std::vector<Value> quota_row(const QuotaEntity& entity, const std::string& key, double value) {
  const bool is_whole = value == std::floor(value) && std::abs(value) < kWholeMax;
  return {name_in(entity, "user"), name_in(entity, "client-id"), name_in(entity, "ip"), key,
          is_whole ? Value(static_cast<std::int64_t>(value)) : Value(value)};
}

Result<std::pair<std::string, double>> parse_quota(const QuotaEntityArgs& args,
                                                   const std::string& key,
                                                   const std::string& value) {
  const auto known = std::ranges::find(kQuotaNames, key, &QuotaName::key);
  if (known == kQuotaNames.end()) {
    std::vector<std::string> names;
    for (const QuotaName& name : kQuotaNames) names.emplace_back(name.key);
    const auto near = nearest(key, names);
    return fail(ErrorKind::kUsage, fmt::format("no quota is called \"{}\"", escape_control(key)),
                near ? fmt::format("did you mean {}?", *near)
                     : fmt::format("they are {}", fmt::join(names, ", ")));
  }
  const bool of_ip = args.ip || args.default_ip;
  if (of_ip != (known->key == kQuotaOfAddresses)) {
    return of_ip ? fail(ErrorKind::kUsage, fmt::format("an address has no {}", key),
                        fmt::format("its quota is {}", kQuotaOfAddresses))
                 : fail(ErrorKind::kUsage, fmt::format("{} is a quota of addresses", key),
                        "--ip ADDRESS or --default-ip");
  }
  auto number = parse_value(known->unit, value);
  if (!number) return fail(std::move(number.error()).with_context(key));
  if (*number > 0) return std::pair(key, *number);
  return fail(ErrorKind::kUsage, fmt::format("{} must be above 0", key),
              "kreel quotas delete takes a quota away");
}

}  // namespace kreel::cli
