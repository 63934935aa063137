#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kreel::catalog {

inline constexpr std::string_view kQuotaUser = "user";
inline constexpr std::string_view kQuotaClientId = "client-id";
inline constexpr std::string_view kQuotaIp = "ip";

inline constexpr std::string_view kProducerByteRate = "producer_byte_rate";
inline constexpr std::string_view kConsumerByteRate = "consumer_byte_rate";
inline constexpr std::string_view kRequestPercentage = "request_percentage";
inline constexpr std::string_view kControllerMutationRate = "controller_mutation_rate";
inline constexpr std::string_view kConnectionCreationRate = "connection_creation_rate";

/// Whom a quota is for: names by type. Without a name it is for each one who has none of his own.
using QuotaEntity = std::map<std::string, std::optional<std::string>, std::less<>>;

/// By Kafka's keys.
using QuotaValues = std::map<std::string, double, std::less<>>;

/// No entity is here without a value.
using ClientQuotas = std::map<QuotaEntity, QuotaValues>;

/// All changes of one entity's quotas.
struct QuotaChange {
  QuotaEntity entity;
  /// Nothing: the quota goes, if there is one.
  std::vector<std::pair<std::string, std::optional<double>>> values;
};

/// Kafka's text on why the entity can have no quotas, or not such ones (INVALID_REQUEST).
std::optional<std::string> problem_with_quotas(const QuotaChange& change);

/// An address in the one form in which it is compared, also of IPv4 within IPv6; nothing when it is
/// none. Kafka looks names up as well; kreel asks no name server on behalf of a client.
std::optional<std::string> canonical_ip(const std::string& text);

/// "user=app, client-id=<default>"
std::string to_string(const QuotaEntity& entity);

}  // namespace kreel::catalog
