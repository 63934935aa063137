#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>

#include "catalog/broker_config.hpp"
#include "catalog/broker_configs.hpp"
#include "catalog/effective_config.hpp"
#include "catalog/log_config.hpp"

using namespace kreel;
using catalog::BrokerConfig;
using catalog::BrokerConfigUse;
using storage::LogConfig;

namespace {

struct BrokerField {
  std::string_view name;
  std::int64_t value;  // not the default
  std::int64_t (*field)(const BrokerConfig&);
};

// Every setting that is a number or a switch of the broker's own, and where it has to arrive.
constexpr BrokerField kBrokerFields[] = {
    {"auto.create.topics.enable", 0,
     [](const BrokerConfig& c) { return std::int64_t{c.auto_create_topics_enable}; }},
    {"broker.id", 11, [](const BrokerConfig& c) { return std::int64_t{c.node_id}; }},
    {"connections.max.idle.ms", 12,
     [](const BrokerConfig& c) { return c.connections_max_idle_ms; }},
    {"controller.quota.window.num", 37,
     [](const BrokerConfig& c) { return std::int64_t{c.controller_quota_window_num}; }},
    {"controller.quota.window.size.seconds", 38,
     [](const BrokerConfig& c) { return std::int64_t{c.controller_quota_window_size_seconds}; }},
    {"delete.topic.enable", 0,
     [](const BrokerConfig& c) { return std::int64_t{c.delete_topic_enable}; }},
    {"fetch.max.bytes", 2013,
     [](const BrokerConfig& c) { return std::int64_t{c.fetch_max_bytes}; }},
    {"group.initial.rebalance.delay.ms", 14,
     [](const BrokerConfig& c) { return c.group_initial_rebalance_delay_ms; }},
    {"group.max.session.timeout.ms", 8015,
     [](const BrokerConfig& c) { return c.group_max_session_timeout_ms; }},
    {"group.max.size", 16, [](const BrokerConfig& c) { return std::int64_t{c.group_max_size}; }},
    {"group.min.session.timeout.ms", 17,
     [](const BrokerConfig& c) { return c.group_min_session_timeout_ms; }},
    {"log.cleaner.backoff.ms", 32, [](const BrokerConfig& c) { return c.log_cleaner_backoff_ms; }},
    {"log.cleaner.dedupe.buffer.size", 33,
     [](const BrokerConfig& c) { return c.log_cleaner_dedupe_buffer_size; }},
    {"log.cleaner.enable", 0,
     [](const BrokerConfig& c) { return std::int64_t{c.log_cleaner_enable}; }},
    {"log.cleaner.io.max.bytes.per.second", 34,
     [](const BrokerConfig& c) {
       // Its default is more than any integer.
       return c.log_cleaner_io_max_bytes_per_second > 1e9
                  ? std::int64_t{-1}
                  : static_cast<std::int64_t>(c.log_cleaner_io_max_bytes_per_second);
     }},
    {"log.flush.offset.checkpoint.interval.ms", 18,
     [](const BrokerConfig& c) { return c.log_flush_offset_checkpoint_interval_ms; }},
    {"log.retention.check.interval.ms", 19,
     [](const BrokerConfig& c) { return c.log_retention_check_interval_ms; }},
    {"max.connections", 20, [](const BrokerConfig& c) { return std::int64_t{c.max_connections}; }},
    {"max.incremental.fetch.session.cache.slots", 21,
     [](const BrokerConfig& c) {
       return std::int64_t{c.max_incremental_fetch_session_cache_slots};
     }},
    {"max.request.partition.size.limit", 22,
     [](const BrokerConfig& c) { return std::int64_t{c.max_request_partition_size_limit}; }},
    {"node.id", 23, [](const BrokerConfig& c) { return std::int64_t{c.node_id}; }},
    {"num.partitions", 24, [](const BrokerConfig& c) { return std::int64_t{c.num_partitions}; }},
    {"offset.metadata.max.bytes", 25,
     [](const BrokerConfig& c) { return std::int64_t{c.offset_metadata_max_bytes}; }},
    {"offsets.commit.timeout.ms", 29,
     [](const BrokerConfig& c) { return std::int64_t{c.offsets_commit_timeout_ms}; }},
    {"offsets.retention.check.interval.ms", 26,
     [](const BrokerConfig& c) { return c.offsets_retention_check_interval_ms; }},
    {"offsets.retention.minutes", 27,
     [](const BrokerConfig& c) { return c.offsets_retention_minutes; }},
    {"offsets.topic.num.partitions", 28,
     [](const BrokerConfig& c) { return std::int64_t{c.offsets_topic_num_partitions}; }},
    {"producer.id.expiration.check.interval.ms", 29,
     [](const BrokerConfig& c) { return c.producer_id_expiration_check_interval_ms; }},
    {"producer.id.expiration.ms", 30,
     [](const BrokerConfig& c) { return c.producer_id_expiration_ms; }},
    {"quota.window.num", 39,
     [](const BrokerConfig& c) { return std::int64_t{c.quota_window_num}; }},
    {"quota.window.size.seconds", 40,
     [](const BrokerConfig& c) { return std::int64_t{c.quota_window_size_seconds}; }},
    {"sasl.server.max.receive.size", 4096,
     [](const BrokerConfig& c) { return std::int64_t{c.sasl_server_max_receive_size}; }},
    {"socket.request.max.bytes", 31,
     [](const BrokerConfig& c) { return std::int64_t{c.socket_request_max_bytes}; }},
    {"transaction.abort.timed.out.transaction.cleanup.interval.ms", 32,
     [](const BrokerConfig& c) { return c.transaction_abort_timed_out_interval_ms; }},
    {"transaction.max.timeout.ms", 33,
     [](const BrokerConfig& c) { return std::int64_t{c.transaction_max_timeout_ms}; }},
    {"transaction.remove.expired.transaction.cleanup.interval.ms", 34,
     [](const BrokerConfig& c) { return c.transaction_remove_expired_interval_ms; }},
    {"transaction.state.log.num.partitions", 35,
     [](const BrokerConfig& c) { return std::int64_t{c.transaction_state_log_num_partitions}; }},
    {"transactional.id.expiration.ms", 36,
     [](const BrokerConfig& c) { return c.transactional_id_expiration_ms; }},
};

// Served, and no field of numbers: the listeners' own tests, DescribeCluster's, the catalog's,
// serve.ktest, serve_tls.ktest and serve_sasl.ktest have these.
constexpr auto kWords =
    std::to_array<std::string_view>({"advertised.listeners",
                                     "allow.everyone.if.no.acl.found",
                                     "authorizer.class.name",
                                     "super.users",
                                     "broker.rack",
                                     "controller.listener.names",
                                     "listener.security.protocol.map",
                                     "listeners",
                                     "log.dir",
                                     "log.dirs",
                                     "offsets.topic.segment.bytes",
                                     "connection.failed.authentication.delay.ms",
                                     "connections.max.reauth.ms",
                                     "sasl.enabled.mechanisms",
                                     "sasl.jaas.config",
                                     "sasl.oauthbearer.clock.skew.seconds",
                                     "sasl.oauthbearer.expected.audience",
                                     "sasl.oauthbearer.expected.issuer",
                                     "sasl.oauthbearer.jwks.endpoint.url",
                                     "sasl.oauthbearer.sub.claim.name",
                                     "ssl.cipher.suites",
                                     "ssl.client.auth",
                                     "ssl.enabled.protocols",
                                     "ssl.key.password",
                                     "ssl.keystore.certificate.chain",
                                     "ssl.keystore.key",
                                     "ssl.keystore.location",
                                     "ssl.keystore.password",
                                     "ssl.keystore.type",
                                     "ssl.principal.mapping.rules",
                                     "ssl.truststore.certificates",
                                     "ssl.truststore.location",
                                     "ssl.truststore.password",
                                     "ssl.truststore.type",
                                     "transaction.state.log.segment.bytes"});

struct LogField {
  std::string_view name;
  std::string_view value;  // not the default
  bool (*has_arrived)(const LogConfig&);
};

// Every setting of the broker that is the default of a topic's.
constexpr LogField kLogFields[] = {
    {"compression.gzip.level", "3", [](const LogConfig& c) { return c.gzip_level == 3; }},
    {"compression.lz4.level", "4", [](const LogConfig& c) { return c.lz4_level == 4; }},
    {"compression.type", "zstd",
     [](const LogConfig& c) {
       return !c.keep_producer_compression && c.compression == protocol::Compression::kZstd;
     }},
    {"compression.zstd.level", "5", [](const LogConfig& c) { return c.zstd_level == 5; }},
    {"log.cleaner.delete.retention.ms", "21",
     [](const LogConfig& c) { return c.delete_retention_ms == 21; }},
    {"log.cleaner.max.compaction.lag.ms", "22",
     [](const LogConfig& c) { return c.max_compaction_lag_ms == 22; }},
    {"log.cleaner.min.cleanable.ratio", "0.25",
     [](const LogConfig& c) { return c.min_cleanable_dirty_ratio == 0.25; }},
    {"log.cleaner.min.compaction.lag.ms", "23",
     [](const LogConfig& c) { return c.min_compaction_lag_ms == 23; }},
    {"log.cleanup.policy", "compact",
     [](const LogConfig& c) { return c.cleanup_compact && !c.cleanup_delete; }},
    {"log.flush.interval.messages", "6", [](const LogConfig& c) { return c.flush_messages == 6; }},
    {"log.flush.interval.ms", "7", [](const LogConfig& c) { return c.flush_ms == 7; }},
    {"log.flush.scheduler.interval.ms", "8", [](const LogConfig& c) { return c.flush_ms == 8; }},
    {"log.index.interval.bytes", "9",
     [](const LogConfig& c) { return c.index_interval_bytes == 9; }},
    {"log.index.size.max.bytes", "10",
     [](const LogConfig& c) { return c.segment_index_bytes == 10; }},
    {"log.message.timestamp.after.max.ms", "11",
     [](const LogConfig& c) { return c.timestamp_after_max_ms == 11; }},
    {"log.message.timestamp.before.max.ms", "12",
     [](const LogConfig& c) { return c.timestamp_before_max_ms == 12; }},
    {"log.message.timestamp.type", "LogAppendTime",
     [](const LogConfig& c) {
       return c.timestamp_type == protocol::TimestampType::kLogAppendTime;
     }},
    {"log.retention.bytes", "13", [](const LogConfig& c) { return c.retention_bytes == 13; }},
    {"log.retention.hours", "14",
     [](const LogConfig& c) { return c.retention_ms == 14 * 3'600'000; }},
    {"log.retention.minutes", "15",
     [](const LogConfig& c) { return c.retention_ms == 15 * 60'000; }},
    {"log.retention.ms", "16", [](const LogConfig& c) { return c.retention_ms == 16; }},
    {"log.roll.hours", "17", [](const LogConfig& c) { return c.segment_ms == 17 * 3'600'000; }},
    {"log.roll.ms", "18", [](const LogConfig& c) { return c.segment_ms == 18; }},
    {"log.segment.bytes", "2097152",
     [](const LogConfig& c) { return c.segment_bytes == 2'097'152; }},
    {"log.segment.delete.delay.ms", "19",
     [](const LogConfig& c) { return c.file_delete_delay_ms == 19; }},
    {"message.max.bytes", "20", [](const LogConfig& c) { return c.max_message_bytes == 20; }},
};

BrokerConfig config_with(const catalog::ConfigMap& settings) {
  auto result = catalog::resolve_broker_config(settings);
  REQUIRE_MESSAGE(result.has_value(), result.error().message());
  CHECK(result->without_meaning.empty());
  return std::move(result->config);
}

std::string text_of(const BrokerField& row) {
  const auto* entry = catalog::find_broker_config(row.name);
  REQUIRE(entry != nullptr);
  const bool is_switch = entry->definition.type == catalog::ConfigType::kBoolean;
  if (is_switch) return row.value != 0 ? "true" : "false";
  return std::to_string(row.value);
}

// Two names of one thing.
bool is_node_id(std::string_view name) {
  return name == "node.id" || name == "broker.id";
}

template <class Rows>
bool has_row(const Rows& rows, std::string_view name) {
  return std::any_of(std::begin(rows), std::end(rows),
                     [&](const auto& row) { return row.name == name; });
}

}  // namespace

TEST_CASE("broker config fields: each served setting reaches its field, and no other") {
  for (const BrokerField& set : kBrokerFields) {
    const BrokerConfig defaults = config_with({});
    const BrokerConfig config = config_with({{std::string(set.name), text_of(set)}});
    for (const BrokerField& read : kBrokerFields) {
      INFO(std::string(set.name) << " read as " << std::string(read.name));
      const bool is_same = read.name == set.name || (is_node_id(read.name) && is_node_id(set.name));
      if (is_same) CHECK(read.field(defaults) != set.value);
      CHECK(read.field(config) == (is_same ? set.value : read.field(defaults)));
    }
  }
}

TEST_CASE("broker config fields: each default of topics reaches the log, as is told") {
  const catalog::ConfigMap none;
  for (const LogField& row : kLogFields) {
    INFO(std::string(row.name));
    CHECK(!row.has_arrived(LogConfig{}));
    const auto config = config_with({{std::string(row.name), std::string(row.value)}});
    CHECK(row.has_arrived(catalog::resolve_broker_log_config(config.set_by_user)));
    const auto told = catalog::effective_broker_config(*catalog::find_broker_config(row.name),
                                                       {none, none, config.set_by_user});
    CHECK(told.value == std::string(row.value));
    CHECK(told.source == catalog::ConfigSource::kStaticBroker);
  }
}

TEST_CASE("broker config fields: no setting that is said to be obeyed is missing here") {
  for (const catalog::BrokerConfigEntry& entry : catalog::broker_configs()) {
    const std::string_view name = entry.definition.name;
    INFO(std::string(name));
    const bool is_word = std::find(kWords.begin(), kWords.end(), name) != kWords.end();
    const bool is_served =
        entry.use == BrokerConfigUse::kServed || entry.use == BrokerConfigUse::kServedAnew;
    CHECK((has_row(kBrokerFields, name) || is_word) == is_served);
    CHECK(has_row(kLogFields, name) == (entry.use == BrokerConfigUse::kTopicDefault));
  }
}
