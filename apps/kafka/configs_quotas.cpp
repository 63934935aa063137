#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <kreel/text.hpp>

#include "kafka/configs.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr auto kClientQuotas = std::to_array<std::string_view>(
    {"producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"});
constexpr auto kScramMechanisms =
    std::to_array<std::string_view>({"SCRAM-SHA-256", "SCRAM-SHA-512"});
constexpr std::int32_t kScramIterationsMin = 4096;

bool is_client_quota(std::string_view name) {
  return std::ranges::find(kClientQuotas, name) != kClientQuotas.end();
}

bool is_scram(std::string_view name) {
  return std::ranges::find(kScramMechanisms, name) != kScramMechanisms.end();
}

std::vector<std::string> setting_names(const ConfigSettings& settings) {
  std::vector<std::string> names;
  for (const auto& [name, value] : settings) names.push_back(name);
  return names;
}

// Those that are neither quotas nor, where `scram` says so, SCRAM mechanisms.
std::vector<std::string> unexpected_names(const std::vector<std::string>& names, bool scram) {
  std::vector<std::string> wrong;
  for (const std::string& name : names) {
    if (!is_client_quota(name) && !is_scram(name)) wrong.push_back(name);
  }
  for (const std::string& name : names) {
    if (!scram && is_scram(name)) wrong.push_back(name);
  }
  return wrong;
}

bool has_scram(const ConfigAlteration& alteration) {
  return std::ranges::any_of(setting_names(alteration.added), is_scram) ||
         std::ranges::any_of(alteration.deleted, is_scram);
}

bool has_client_quota(const ConfigAlteration& alteration) {
  return std::ranges::any_of(setting_names(alteration.added), is_client_quota) ||
         std::ranges::any_of(alteration.deleted, is_client_quota);
}

Outcome<void> check_ip_names(const ConfigAlteration& alteration) {
  std::vector<std::string> wrong = setting_names(alteration.added);
  wrong.insert(wrong.end(), alteration.deleted.begin(), alteration.deleted.end());
  std::erase(wrong, "connection_creation_rate");
  if (wrong.empty()) return {};
  return illegal_argument(
      fmt::format("Only connection quota configs can be added for 'ips' using --bootstrap-server. "
                  "Unexpected config names: {}",
                  join(wrong, ",")));
}

std::string_view quota_type(std::string_view entity_type) {
  if (entity_type == "users") return "user";
  return entity_type == "clients" ? "client-id" : "ip";
}

// The names of the target by the protocol's types; none for any name.
struct QuotaScope {
  std::string type;
  std::optional<std::string> name;  // "" is the default
};

std::vector<QuotaScope> quota_scopes(const ConfigTarget& target) {
  std::vector<QuotaScope> scopes;
  for (std::size_t i = 0; i < target.types.size(); ++i) {
    QuotaScope& scope = scopes.emplace_back();
    scope.type = quota_type(target.types[i]);
    if (i < target.names.size()) scope.name = target.names[i];
  }
  return scopes;
}

// Exactly these types, and what the target says of each.
bool is_meant(const QuotaEntity& entity, const std::vector<QuotaScope>& scopes) {
  if (entity.size() != scopes.size()) return false;
  return std::ranges::all_of(scopes, [&](const QuotaScope& scope) {
    const auto part = std::ranges::find(entity, scope.type, &QuotaPart::type);
    if (part == entity.end()) return false;
    return !scope.name || part->name.value_or("") == *scope.name;
  });
}

// ClientQuotaEntity.hashCode().
std::int32_t java_entity_hash(const QuotaEntity& entity) {
  std::uint32_t sum = 0;
  for (const QuotaPart& part : entity) {
    const std::int32_t name = part.name ? java_hash(*part.name) : 0;
    sum += static_cast<std::uint32_t>(java_hash(part.type) ^ name);
  }
  return static_cast<std::int32_t>(31 + sum);
}

// In the order of Java's map.
Outcome<std::vector<QuotaInfo>> quotas_of(const ConfigTarget& target, AdminClient& admin) {
  TRY_ASSIGN(const auto all, in_java(admin.list_quotas(), "describeClientQuotas"));
  const auto scopes = quota_scopes(target);
  std::vector<QuotaInfo> meant;
  std::vector<std::int32_t> hashes;
  for (const QuotaInfo& quota : all) {
    if (!is_meant(quota.entity, scopes)) continue;
    meant.push_back(quota);
    hashes.push_back(java_entity_hash(quota.entity));
  }
  std::vector<QuotaInfo> ordered;
  for (const std::size_t i : hash_map_order(hashes, table_size_for(hashes.size()))) {
    ordered.push_back(std::move(meant[i]));
  }
  return ordered;
}

std::string entity_text(const QuotaEntity& entity) {
  std::vector<std::string> parts;
  for (const auto& [type, shown] :
       {std::pair<std::string_view, std::string_view>{"user", "user-principal"},
        {"client-id", "client-id"},
        {"ip", "ip"}}) {
    const auto part = std::ranges::find(entity, type, &QuotaPart::type);
    if (part == entity.end()) continue;
    parts.push_back(part->name ? fmt::format("{} '{}'", shown, *part->name)
                               : fmt::format("the default {}", shown));
  }
  return join(parts, ", ");
}

std::string values_text(const std::vector<std::pair<std::string, double>>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  std::vector<std::string> parts;
  for (const std::size_t i : hash_map_order(names, table_size_for(names.size()))) {
    parts.push_back(fmt::format("{}={}", names[i], java_double(values[i].second)));
  }
  return join(parts, ", ");
}

Outcome<void> describe_scram(const ConfigTarget& target, AdminClient& admin, ToolContext& context) {
  TRY_ASSIGN(const auto users, in_java(admin.list_users(), "describeUserScramCredentials"));
  for (const UserInfo& user : users) {
    if (!target.names.empty() && user.name != target.names.front()) continue;
    std::vector<std::string> parts;
    for (const UserCredential& credential : user.credentials) {
      parts.push_back(fmt::format("{}=iterations={}", credential.mechanism, credential.iterations));
    }
    context.out_line(fmt::format("SCRAM credential configs for user-principal '{}' are {}",
                                 user.name, join(parts, ", ")));
  }
  return {};
}

// Double.parseDouble(), without its hexadecimal form.
std::optional<double> parse_java_double(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (!text.empty() && std::string_view("dDfF").find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_word = text.find_first_of("iInN") != std::string_view::npos;
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || is_word) return {};
  return number;
}

Outcome<void> alter_quota(const ConfigTarget& target, const ConfigAlteration& alteration,
                          AdminClient& admin) {
  TRY_ASSIGN(const auto before, quotas_of(target, admin));
  std::vector<std::string> unset = alteration.deleted;
  std::erase_if(unset, [&](const std::string& name) {
    if (before.empty()) return false;
    const auto& values = before.front().values;
    return std::ranges::any_of(values, [&](const auto& value) { return value.first == name; });
  });
  if (!unset.empty()) {
    return invalid_configuration(fmt::format("Invalid config(s): {}", join(unset, ",")));
  }
  QuotaChange change;
  for (const QuotaScope& scope : quota_scopes(target)) {
    std::optional<std::string> name = scope.name;
    if (name && name->empty()) name.reset();
    change.entity.push_back({scope.type, std::move(name)});
  }
  for (const auto& [name, text] : alteration.added) {
    const auto value = parse_java_double(text);
    if (!value) {
      return illegal_argument(
          fmt::format("Cannot parse quota configuration value for {}: {}", name, text));
    }
    change.values.emplace_back(name, *value);
  }
  for (const std::string& name : alteration.deleted) {
    change.values.emplace_back(name, std::nullopt);
  }
  return in_java(admin.alter_quotas(change, false), "alterClientQuotas");
}

// "iterations=8192,password=x"
Outcome<NewPassword> scram_password(const std::string& user, const std::string& mechanism,
                                    std::string_view value) {
  constexpr std::string_view kIterations = "iterations=";
  constexpr std::string_view kPassword = "password=";
  const auto wrong = [&] {
    std::string constant = mechanism;
    std::ranges::replace(constant, '-', '_');
    return illegal_argument(fmt::format("Invalid credential property {}={}", constant, value));
  };
  NewPassword password{user, mechanism, "", kScramIterationsMin};
  std::string_view rest = value;
  if (rest.starts_with(kIterations)) {
    const auto comma = rest.find(',');
    const std::string_view digits = rest.substr(0, comma).substr(kIterations.size());
    const auto number = parse_int32(digits);
    if (comma == std::string_view::npos || !number) return wrong();
    if (*number != -1) password.iterations = *number;
    rest.remove_prefix(comma + 1);
  }
  if (!rest.starts_with(kPassword)) return wrong();
  password.password = rest.substr(kPassword.size());
  if (password.password.empty()) {
    return thrown("org.apache.kafka.common.errors.UnacceptableCredentialException",
                  "Password must not be empty", ErrorKind::kUsage);
  }
  if (password.iterations < kScramIterationsMin) {
    return illegal_argument(fmt::format("Iterations {} is less than the minimum {} required for {}",
                                        password.iterations, kScramIterationsMin, mechanism));
  }
  return password;
}

Outcome<void> alter_scram(const std::string& user, const ConfigAlteration& alteration,
                          AdminClient& admin) {
  std::vector<NewPassword> passwords;
  for (const auto& [name, value] : alteration.added) {
    TRY_ASSIGN(passwords.emplace_back(), scram_password(user, name, value));
  }
  std::vector<RemovedPassword> removed;
  for (const std::string& name : alteration.deleted) removed.push_back({user, name});
  std::vector<NamedResult> results;
  if (!removed.empty()) {
    TRY_ASSIGN(results, in_java(admin.remove_passwords(removed), "alterUserScramCredentials"));
  }
  if (!passwords.empty()) {
    TRY_ASSIGN(const auto set,
               in_java(admin.set_passwords(passwords), "alterUserScramCredentials"));
    results.insert(results.end(), set.begin(), set.end());
  }
  for (const NamedResult& result : results) {
    if (result.error) return tl::unexpected(java_error(*result.error));
  }
  return {};
}

}  // namespace

Outcome<void> check_quota_names(const ConfigTarget& target, const ConfigAlteration& alteration) {
  if (target.type() == "ips") return check_ip_names(alteration);
  const bool is_client = target.has_type("clients");
  const std::string_view what =
      is_client ? "Only quota configs" : "Only quota and SCRAM credential configs";
  const std::string_view type = is_client ? "clients" : "users";
  const auto added = unexpected_names(setting_names(alteration.added), !is_client);
  if (!added.empty()) {
    return illegal_argument(fmt::format(
        "{} can be added for '{}' using --bootstrap-server. Unexpected config names: Set({})", what,
        type, join(added, ", ")));
  }
  const auto deleted = unexpected_names(alteration.deleted, !is_client);
  if (!deleted.empty()) {
    return illegal_argument(
        fmt::format("{} can be deleted for '{}' using --bootstrap-server. Unexpected config names: "
                    "ArrayBuffer({})",
                    what, type, join(deleted, ", ")));
  }
  if (!has_scram(alteration)) return {};
  if (target.names.front().empty()) {
    return illegal_argument(
        "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials "
        "using --bootstrap-server.");
  }
  if (has_client_quota(alteration)) {
    return illegal_argument(
        "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using "
        "--bootstrap-server.");
  }
  return {};
}

Outcome<void> alter_quota_target(const ConfigTarget& target, const ConfigAlteration& alteration,
                                 AdminClient& admin) {
  if (has_scram(alteration)) return alter_scram(target.names.front(), alteration, admin);
  return alter_quota(target, alteration, admin);
}

Outcome<void> describe_quota_target(const ConfigTarget& target, AdminClient& admin,
                                    ToolContext& context) {
  TRY_ASSIGN(const auto quotas, quotas_of(target, admin));
  for (const QuotaInfo& quota : quotas) {
    context.out_line(fmt::format("Quota configs for {} are {}", entity_text(quota.entity),
                                 values_text(quota.values)));
  }
  const bool names_default = std::ranges::find(target.names, "") != target.names.end();
  if (target.type() != "users" || target.has_type("clients") || names_default) return {};
  return describe_scram(target, admin, context);
}

}  // namespace kreel::kafka_tools
