#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "catalog/quotas.hpp"

namespace kreel::broker {

/// What of a user or a client is limited.
enum class QuotaKind : std::uint8_t {
  kProduce,   ///< bytes of Produce per second
  kFetch,     ///< bytes of records per second
  kRequest,   ///< percent of one io thread
  kMutation,  ///< partitions made and deleted per second
};
inline constexpr std::size_t kQuotaKinds = 4;

/// Who a request is of.
struct QuotaClient {
  std::string user;  ///< the principal's name, without "User:"
  std::string client_id;
};

/// What holds for whom, as the quotas are now. Immutable.
class QuotaLimits {
 public:
  explicit QuotaLimits(const catalog::ClientQuotas& quotas);

  struct Limit {
    double bound = 0;
    /// Whose use is counted together: of the user, of the client id, or of the two.
    bool per_user = false;
    bool per_client_id = false;
  };
  /// The most specific one: (user, client id), (user, default), user, (default, client id),
  /// (default, default), default user, client id, default client id.
  std::optional<Limit> find(QuotaKind kind, const QuotaClient& client) const;
  /// Connections per second from an address.
  std::optional<double> connections_from(const std::string& ip) const;

  bool any_of_clients() const { return any_of_clients_; }
  bool any_of_ips() const { return !connections_.empty(); }

 private:
  /// One part of an entity: not there, the default, or a name.
  using Part = std::optional<std::optional<std::string>>;

  std::array<std::map<std::pair<Part, Part>, double>, kQuotaKinds> by_kind_;
  std::map<std::optional<std::string>, double> connections_;
  bool any_of_clients_ = false;
};

}  // namespace kreel::broker
