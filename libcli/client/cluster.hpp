#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "client/connection.hpp"
#include "client/error_text.hpp"
#include "kreel/admin.hpp"
#include "kreel/client_config.hpp"

namespace kreel::client {

inline constexpr std::string_view kAdvertisedHint =
    "set advertised.listeners on that broker to an address that clients can reach";

/// "broker 1 advertises h:9092, which cannot be reached from here", or what went wrong once it was.
Error cannot_reach_advertised(const BrokerInfo& broker, Error why);

/// The brokers of one cluster: connections by broker id, opened when first needed, and what the
/// last Metadata replies told. One thread at a time.
class Cluster {
 public:
  Cluster(ClientConfig config, std::unique_ptr<Connector> connector)
      : config_(std::move(config)), user_(user_of(config_)), connector_(std::move(connector)) {}

  /// Who asks, as user_of() has it.
  const std::string& user() const { return user_; }
  Deadline new_deadline() const { return latest_end_.limit(Deadline::in_ms(config_.timeout_ms)); }
  /// For the deadlines that were given out as well. Async-signal-safe.
  void end_within(std::int64_t ms) { latest_end_.set_in_ms(ms); }

  /// Any broker: an open connection, else the first bootstrap server that answers, else a broker
  /// that the cluster has named.
  Result<Connection*> any(const Deadline& deadline);
  /// What `use(connection, deadline)` makes of a connection to any broker; of another one, where
  /// that broker has gone or is silent.
  template <class Use>
  std::invoke_result_t<const Use&, Connection&, const Deadline&> with_any(const Deadline& deadline,
                                                                          const Use& use) {
    for (int attempt = 1;; ++attempt) {
      TRY_ASSIGN(Connection * connection, any(deadline));
      const bool is_last = attempt == kAttemptsMax;
      auto result = use(*connection, is_last || !has_others()
                                         ? deadline
                                         : deadline.at_most_ms(first_patience_ms(deadline)));
      if (result || connection->usable() || is_last || deadline.passed()) return result;
    }
  }
  /// `id` as Metadata named it. "broker 1 advertises h:9092, which cannot be reached from here".
  Result<Connection*> broker(std::int32_t id, const Deadline& deadline);
  /// How long to wait until `id` says what it speaks, of `limit`: another one may take over from a
  /// broker that is stopped or cut off, so it does not get the whole time of the call; a little
  /// more each time.
  Deadline patience(std::int32_t id, const Deadline& limit, const Deadline& call) const;
  void has_answered(std::int32_t id) { failures_.erase(id); }
  /// It could not be reached, or hung up; `timed_out`: it was given its time, and was silent.
  void has_failed(std::int32_t id, bool timed_out);
  /// Whether its last word was none.
  bool is_failing(std::int32_t id) const { return failures_.contains(id); }
  /// Whether another round is worth it, for the sake of a broker that takes over from this one.
  bool may_be_replaced(std::int32_t id) const;
  std::optional<std::int32_t> controller_id() const { return controller_id_; }

  /// Asks for `topics` (empty optional: all; an empty list: brokers alone) and remembers leaders,
  /// brokers and controller. Never creates a topic.
  Result<protocol::MetadataResponse> metadata(const std::optional<std::vector<std::string>>& topics,
                                              const Deadline& deadline);
  /// Asks for all brokers unless that was done before.
  Result<void> ensure_brokers(const Deadline& deadline);

  const std::map<std::int32_t, BrokerInfo>& brokers() const { return brokers_; }
  /// A broker that another reply than Metadata named.
  void learn(const BrokerInfo& broker);

  struct TopicLeaders {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    std::map<std::int32_t, std::int32_t> leaders;  ///< partition -> broker; -1 without a leader
  };
  /// Null until metadata() was asked for it.
  const TopicLeaders* topic(const std::string& name) const;

 private:
  static constexpr int kAttemptsMax = 3;
  /// With the pauses between them about 1.3 s: a dead broker is to be told in less than 2 s.
  static constexpr int kFailuresMax = 7;
  static constexpr std::int64_t kFirstPatienceMs = 3'000;

  static std::int64_t first_patience_ms(const Deadline& call) {
    return std::min(kFirstPatienceMs, call.length_ms() / 3);
  }

  Result<Connection*> open_bootstrap(const Deadline& deadline);
  std::vector<Endpoint> first_endpoints() const;
  /// As far as is known: often a coordinator alone has been asked for.
  bool has_others() const { return first_endpoints().size() > 1; }
  static Result<protocol::MetadataResponse> ask_metadata(Connection& connection,
                                                         const protocol::MetadataRequest& request,
                                                         const Deadline& deadline);
  void remember(const protocol::MetadataResponse& response);
  void drop_broken();
  Connection* keep(std::unique_ptr<Connection> opened);

  ClientConfig config_;
  std::string user_;
  std::unique_ptr<Connector> connector_;
  LatestEnd latest_end_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::map<std::int32_t, BrokerInfo> brokers_;
  std::map<std::int32_t, int> failures_;  ///< in a row, by broker
  bool all_brokers_known_ = false;
  std::optional<std::int32_t> controller_id_;
  std::map<std::string, TopicLeaders> topics_;
};

}  // namespace kreel::client
