#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/connection.hpp"
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
      : config_(std::move(config)), connector_(std::move(connector)) {}

  Deadline new_deadline() const { return Deadline::in_ms(config_.timeout_ms); }

  /// Any broker: an open connection, else the first bootstrap server that answers.
  Result<Connection*> any(const Deadline& deadline);
  /// `id` as Metadata named it. "broker 1 advertises h:9092, which cannot be reached from here".
  Result<Connection*> broker(std::int32_t id, const Deadline& deadline);
  /// Where changes to topics go.
  Result<Connection*> controller(const Deadline& deadline);
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
  Result<Connection*> open_bootstrap(const Deadline& deadline);
  Result<protocol::MetadataResponse> ask_metadata(const protocol::MetadataRequest& request,
                                                  const Deadline& deadline);
  void remember(const protocol::MetadataResponse& response);
  void drop_broken();

  ClientConfig config_;
  std::unique_ptr<Connector> connector_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::map<std::int32_t, BrokerInfo> brokers_;
  bool all_brokers_known_ = false;
  std::optional<std::int32_t> controller_id_;
  std::map<std::string, TopicLeaders> topics_;
};

}  // namespace kreel::client
