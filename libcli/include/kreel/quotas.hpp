#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kreel {

/// One part of whom a quota is for.
struct QuotaPart {
  std::string type;  ///< "user", "client-id", "ip"
  /// Empty: each one who has no quota of his own.
  std::optional<std::string> name;

  auto operator<=>(const QuotaPart&) const = default;
  bool operator==(const QuotaPart&) const = default;
};

/// A user, a client id, a user's client id, or an address; by type.
using QuotaEntity = std::vector<QuotaPart>;

struct QuotaInfo {
  QuotaEntity entity;
  /// By Kafka's keys: producer_byte_rate, consumer_byte_rate, request_percentage,
  /// controller_mutation_rate; of an address connection_creation_rate. In their order.
  std::vector<std::pair<std::string, double>> values;
};

struct QuotaChange {
  QuotaEntity entity;
  std::vector<std::pair<std::string, std::optional<double>>> values;  ///< empty: it goes
};

}  // namespace kreel
