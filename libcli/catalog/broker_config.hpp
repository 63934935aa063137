#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "catalog/topic.hpp"
#include "kreel/acls.hpp"

namespace kreel::catalog {

/// What a listener may speak, by Kafka's names.
inline constexpr std::array<std::string_view, 4> kSecurityProtocols = {
    "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};

/// One address that the broker listens on, and what it tells clients to connect to.
struct Listener {
  std::string name = "PLAINTEXT";
  std::string protocol = "PLAINTEXT";
  std::string host = "127.0.0.1";     ///< empty: every address of the machine, IPv4 and IPv6
  std::uint16_t port = 9092;          ///< 0 picks a free one
  std::string advertised_host;        ///< empty: host
  std::uint16_t advertised_port = 0;  ///< 0: the port that is listened on

  bool has_tls() const { return protocol == "SSL" || protocol == "SASL_SSL"; }
  bool has_sasl() const { return protocol.starts_with("SASL_"); }
  /// Whether only this machine can connect.
  bool is_loopback() const {
    const bool is_number = host.find_first_not_of("0123456789.") == std::string::npos;
    return host == "localhost" || host == "::1" || (is_number && host.starts_with("127."));
  }
};

/// The broker's own settings, resolved to numbers; Kafka's names and (unless said) defaults. Made
/// once at the start from --config, --config-file and flags; then read-only.
struct BrokerConfig {
  BrokerId node_id = 1;
  std::vector<Listener> listeners;
  std::int32_t num_partitions = 1;
  bool auto_create_topics_enable = true;
  bool delete_topic_enable = true;
  std::int32_t socket_request_max_bytes = 104'857'600;
  /// Before a login: Kafka takes 512 KiB, kreel at most these 64.
  std::int32_t sasl_server_max_receive_size = 64 << 10;
  std::int32_t fetch_max_bytes = 57'671'680;
  std::int32_t max_incremental_fetch_session_cache_slots = 1000;
  std::int32_t max_request_partition_size_limit = 2000;
  std::int64_t connections_max_idle_ms = 600'000;
  std::int32_t max_connections = 20'000;
  std::int64_t log_retention_check_interval_ms = 300'000;
  std::int64_t log_flush_offset_checkpoint_interval_ms = 60'000;
  bool log_cleaner_enable = true;
  std::int64_t log_cleaner_backoff_ms = 15'000;
  std::int64_t log_cleaner_dedupe_buffer_size = 134'217'728;
  double log_cleaner_io_max_bytes_per_second = std::numeric_limits<double>::max();
  std::int64_t producer_id_expiration_ms = 86'400'000;
  std::int64_t producer_id_expiration_check_interval_ms = 600'000;
  std::int32_t offsets_topic_num_partitions = 50;
  std::int64_t offsets_retention_minutes = 10'080;
  std::int64_t offsets_retention_check_interval_ms = 600'000;
  std::int32_t offset_metadata_max_bytes = 4096;
  std::int32_t offsets_commit_timeout_ms = 5'000;
  std::int64_t group_min_session_timeout_ms = 6'000;
  std::int64_t group_max_session_timeout_ms = 1'800'000;
  std::int32_t group_max_size = 2'147'483'647;
  /// Kafka waits 3000; kreel lets joins settle as they stop coming.
  std::int64_t group_initial_rebalance_delay_ms = 0;
  std::int32_t transaction_state_log_num_partitions = 50;
  std::int32_t transaction_max_timeout_ms = 900'000;
  std::int64_t transactional_id_expiration_ms = 604'800'000;
  std::int64_t transaction_abort_timed_out_interval_ms = 10'000;
  std::int64_t transaction_remove_expired_interval_ms = 3'600'000;
  std::int32_t quota_window_num = 11;
  std::int32_t quota_window_size_seconds = 1;
  std::int32_t controller_quota_window_num = 11;
  std::int32_t controller_quota_window_size_seconds = 1;
  /// Who may do what is asked of ACLs; without it everybody may do everything.
  std::optional<AclPolicy> authorizer;
  /// What was set, by Kafka's names: the static source of DescribeConfigs.
  ConfigMap set_by_user;
};

struct ResolvedBrokerConfig {
  BrokerConfig config;
  /// Settings of Kafka, or of Kafka before 4.0, that have no meaning in this broker.
  std::vector<std::string> without_meaning;
  /// One line per name that is nobody's, where those are skipped, and per value that was changed.
  std::vector<std::string> warnings;
};

/// What to do about a setting that nobody knows. Apache Kafka skips it.
enum class UnknownSettings { kRefuse, kSkip };

/// Turns settings by Kafka's own names into numbers. ErrorKind::kUsage for a name that is nobody's
/// (with the nearest one) and for a value that Kafka refuses; `origins` says where a setting
/// stands.
Result<ResolvedBrokerConfig> resolve_broker_config(
    const ConfigMap& set_by_user, UnknownSettings unknown = UnknownSettings::kRefuse,
    const ConfigMap& origins = {});

/// The numbers and switches in settings that have been checked; all else has its default.
BrokerConfig read_numbers(const ConfigMap& checked);

}  // namespace kreel::catalog
