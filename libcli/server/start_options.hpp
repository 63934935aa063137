#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "broker/faults.hpp"
#include "catalog/broker_config.hpp"
#include "catalog/catalog.hpp"
#include "kreel/broker.hpp"
#include "storage/log_config.hpp"

namespace kreel::server {

/// BrokerOptions, checked and resolved before anything is opened.
struct StartOptions {
  std::string data_directory;
  bool ephemeral = false;
  bool strict = false;
  storage::FlushPolicy flush;
  catalog::BrokerConfig config;
  std::vector<catalog::NewTopic> topics;
  std::optional<catalog::Listener> metrics;
  std::string cluster_id;  ///< empty: any
  /// The listeners are no setting of the user's, so DescribeConfigs would not know them.
  bool tells_listeners = false;
  std::vector<broker::FaultRule> faults;
  /// Everything as it was given, with listener.name.*: for the settings of TLS.
  catalog::ConfigMap given;
  std::string tls_directory;
  std::vector<SaslUser> sasl_users;
  bool unsecured_tokens = false;
};

/// ErrorKind::kUsage names the fault.
Result<std::vector<broker::FaultRule>> parse_faults(const FaultSpecs& specs);

/// ErrorKind::kUsage names the setting. Warnings go to the log.
Result<StartOptions> resolve_start_options(const BrokerOptions& options);

/// "[NAME=][PROTOCOL://]HOST:PORT"; HOST may be empty (all addresses) or "[IPv6]". Where
/// listener.security.protocol.map names the listener, it counts.
Result<catalog::Listener> parse_listener(std::string_view text,
                                         std::string_view default_protocol = "PLAINTEXT",
                                         const catalog::ConfigMap& settings = {});
/// "commit", "interval:MS" or "os".
Result<storage::FlushPolicy> parse_flush(std::string_view text);
/// "127.0.0.1:9092", "[::1]:9092".
std::string address_text(const catalog::Listener& listener);
/// "NAME[:PARTITIONS[:REPLICAS[:CLEANUP-POLICY]]]", as in the KAFKA_CREATE_TOPICS of images.
Result<catalog::NewTopic> parse_topic(std::string_view text, std::int32_t default_partitions);

}  // namespace kreel::server
