#include "broker/quota_limits.hpp"

#include <string_view>

namespace kreel::broker {
namespace {

constexpr std::array<std::string_view, kQuotaKinds> kKeyOfKind{
    catalog::kProducerByteRate, catalog::kConsumerByteRate, catalog::kRequestPercentage,
    catalog::kControllerMutationRate};

}  // namespace

QuotaLimits::QuotaLimits(const catalog::ClientQuotas& quotas) {
  for (const auto& quota : quotas) {
    const catalog::QuotaEntity& entity = quota.first;
    const catalog::QuotaValues& values = quota.second;
    const auto part = [&entity](std::string_view type) -> Part {
      const auto found = entity.find(type);
      return found == entity.end() ? Part() : Part(found->second);
    };
    if (const Part ip = part(catalog::kQuotaIp)) {
      const auto rate = values.find(catalog::kConnectionCreationRate);
      if (rate == values.end()) continue;
      connections_[*ip ? catalog::canonical_ip(**ip) : std::nullopt] = rate->second;
      continue;
    }
    for (std::size_t kind = 0; kind < kQuotaKinds; ++kind) {
      const auto value = values.find(kKeyOfKind[kind]);
      if (value == values.end()) continue;
      by_kind_[kind][{part(catalog::kQuotaUser), part(catalog::kQuotaClientId)}] = value->second;
      any_of_clients_ = true;
    }
  }
}

std::optional<QuotaLimits::Limit> QuotaLimits::find(QuotaKind kind,
                                                    const QuotaClient& client) const {
  const auto& limits = by_kind_[static_cast<std::size_t>(kind)];
  if (limits.empty()) return std::nullopt;
  const Part none;
  const Part any{std::optional<std::string>()};
  const Part user{std::optional<std::string>(client.user)};
  const Part client_id{std::optional<std::string>(client.client_id)};
  for (const Part* of_user : {&user, &any, &none}) {
    for (const Part* of_client : {&client_id, &any, &none}) {
      // Who says no client id has no quota of client ids, not the default one either, as in Kafka.
      if (of_client != &none && client.client_id.empty()) continue;
      const auto found = limits.find({*of_user, *of_client});
      if (found == limits.end()) continue;
      return Limit{found->second, of_user != &none, of_client != &none};
    }
  }
  return std::nullopt;
}

std::optional<double> QuotaLimits::connections_from(const std::string& ip) const {
  auto found = connections_.find(ip);
  if (found == connections_.end()) found = connections_.find(std::nullopt);
  return found == connections_.end() ? std::nullopt : std::optional<double>(found->second);
}

}  // namespace kreel::broker
