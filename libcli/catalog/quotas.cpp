#include "catalog/quotas.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>

#include <fmt/core.h>

#include "base/text.hpp"

namespace kreel::catalog {
namespace {

constexpr std::size_t kEntityNameBytesMax = 1024;
constexpr double kFractionMax = 1e-6;

/// The largest whole number that a key takes; nothing: fractions are taken too.
struct QuotaKey {
  std::string_view name;
  std::optional<double> whole_up_to;
};

constexpr auto kUserAndClientKeys = std::to_array<QuotaKey>({
    {kProducerByteRate, 9.223372036854775807e18},
    {kConsumerByteRate, 9.223372036854775807e18},
    {kRequestPercentage, std::nullopt},
    {kControllerMutationRate, std::nullopt},
});
constexpr auto kIpKeys = std::to_array<QuotaKey>({
    {kConnectionCreationRate, std::numeric_limits<std::int32_t>::max()},
});

std::optional<std::string> problem_with_entity(const QuotaEntity& entity) {
  if (entity.empty()) return "Invalid empty client quota entity";
  for (const auto& [type, name] : entity) {
    if (type != kQuotaUser && type != kQuotaClientId && type != kQuotaIp) {
      return fmt::format("Unhandled client quota entity type: {}", escape_control(type));
    }
    if (name && name->empty()) return fmt::format("Empty {} not supported", type);
    if (name && name->size() > kEntityNameBytesMax) {
      return fmt::format("The {} has more than {} bytes", type, kEntityNameBytesMax);
    }
  }
  const auto ip = entity.find(kQuotaIp);
  if (ip == entity.end()) return std::nullopt;
  if (entity.size() > 1) {
    return "Invalid quota entity combination, IP entity should not be combined with User or "
           "ClientId";
  }
  if (ip->second && !canonical_ip(*ip->second)) {
    return fmt::format("{} is not a valid IP address.", escape_control(*ip->second));
  }
  return std::nullopt;
}

std::optional<std::string> problem_with_value(const QuotaKey& key, double value) {
  if (!(value > 0)) return fmt::format("Quota {} must be greater than 0", key.name);
  if (std::isinf(value) || value > key.whole_up_to.value_or(value)) {
    return fmt::format("Proposed value for {} is too large.", key.name);
  }
  if (key.whole_up_to && std::fmod(value, 1.0) > kFractionMax) {
    return fmt::format("{} cannot be a fractional value.", key.name);
  }
  return std::nullopt;
}

template <class Keys>
std::optional<std::string> problem_with_values(const Keys& keys, const QuotaChange& change) {
  std::set<std::string_view> named;
  for (const auto& [name, value] : change.values) {
    if (!named.insert(name).second) {
      return fmt::format("Duplicate quota key {} not updating quota for this entity",
                         escape_control(name));
    }
    if (!value) continue;
    const auto key = std::ranges::find(keys, name, &QuotaKey::name);
    if (key == keys.end()) {
      return fmt::format("Invalid configuration key {}", escape_control(name));
    }
    if (auto problem = problem_with_value(*key, *value)) return problem;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> problem_with_quotas(const QuotaChange& change) {
  if (auto problem = problem_with_entity(change.entity)) return problem;
  return change.entity.contains(kQuotaIp) ? problem_with_values(kIpKeys, change)
                                          : problem_with_values(kUserAndClientKeys, change);
}

std::optional<std::string> canonical_ip(const std::string& text) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  in6_addr v6{};
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return ::inet_ntop(AF_INET, &v4, out.data(), out.size());
  }
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    return ::inet_ntop(AF_INET, &v6.s6_addr[12], out.data(), out.size());
  }
  return ::inet_ntop(AF_INET6, &v6, out.data(), out.size());
}

std::string to_string(const QuotaEntity& entity) {
  std::string text;
  for (const auto& [type, name] : entity) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", escape_control(type),
                        name ? escape_control(*name) : "<default>");
  }
  return text;
}

}  // namespace kreel::catalog
