#include "catalog/log_config.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "catalog/broker_config.hpp"
#include "catalog/broker_configs.hpp"
#include "catalog/effective_config.hpp"
#include "catalog/topic_configs.hpp"
#include "catalog/validation.hpp"
#include "protocol/compression.hpp"

namespace kreel::catalog {
namespace {

using storage::LogConfig;

std::int64_t to_int64(std::string_view value) {
  return parse_int64(value).value_or(0);
}

std::int32_t to_int32(std::string_view value) {
  return parse_int32(value).value_or(0);
}

void set_cleanup_policy(LogConfig& config, std::string_view value) {
  config.cleanup_delete = value.find("delete") != std::string_view::npos;
  config.cleanup_compact = value.find("compact") != std::string_view::npos;
}

void set_compression(LogConfig& config, std::string_view value) {
  config.keep_producer_compression = value == "producer";
  // "uncompressed" is what topics say of batches that are called "none" elsewhere.
  config.compression =
      protocol::compression_from_name(value).value_or(protocol::Compression::kNone);
}

// One line per setting that a log obeys; every name stands in topic_configs() as such.
struct Setter {
  std::string_view name;
  void (*set)(LogConfig& config, std::string_view value);
};

constexpr Setter kSetters[] = {
    {"cleanup.policy", set_cleanup_policy},
    {"compression.gzip.level",
     [](LogConfig& c, std::string_view v) { c.gzip_level = to_int32(v); }},
    {"compression.lz4.level", [](LogConfig& c, std::string_view v) { c.lz4_level = to_int32(v); }},
    {"compression.type", set_compression},
    {"compression.zstd.level",
     [](LogConfig& c, std::string_view v) { c.zstd_level = to_int32(v); }},
    {"delete.retention.ms",
     [](LogConfig& c, std::string_view v) { c.delete_retention_ms = to_int64(v); }},
    {"file.delete.delay.ms",
     [](LogConfig& c, std::string_view v) { c.file_delete_delay_ms = to_int64(v); }},
    {"flush.messages", [](LogConfig& c, std::string_view v) { c.flush_messages = to_int64(v); }},
    {"flush.ms", [](LogConfig& c, std::string_view v) { c.flush_ms = to_int64(v); }},
    {"index.interval.bytes",
     [](LogConfig& c, std::string_view v) { c.index_interval_bytes = to_int32(v); }},
    {"kreel.validate.records",
     [](LogConfig& c, std::string_view v) { c.validate_records = v == "true"; }},
    {"max.compaction.lag.ms",
     [](LogConfig& c, std::string_view v) { c.max_compaction_lag_ms = to_int64(v); }},
    {"max.message.bytes",
     [](LogConfig& c, std::string_view v) { c.max_message_bytes = to_int32(v); }},
    {"message.timestamp.after.max.ms",
     [](LogConfig& c, std::string_view v) { c.timestamp_after_max_ms = to_int64(v); }},
    {"message.timestamp.before.max.ms",
     [](LogConfig& c, std::string_view v) { c.timestamp_before_max_ms = to_int64(v); }},
    {"message.timestamp.type",
     [](LogConfig& c, std::string_view v) {
       c.timestamp_type = v == "LogAppendTime" ? protocol::TimestampType::kLogAppendTime
                                               : protocol::TimestampType::kCreateTime;
     }},
    {"min.cleanable.dirty.ratio",
     [](LogConfig& c, std::string_view v) {
       c.min_cleanable_dirty_ratio = parse_double(v).value_or(c.min_cleanable_dirty_ratio);
     }},
    {"min.compaction.lag.ms",
     [](LogConfig& c, std::string_view v) { c.min_compaction_lag_ms = to_int64(v); }},
    {"retention.bytes", [](LogConfig& c, std::string_view v) { c.retention_bytes = to_int64(v); }},
    {"retention.ms", [](LogConfig& c, std::string_view v) { c.retention_ms = to_int64(v); }},
    {"segment.bytes", [](LogConfig& c, std::string_view v) { c.segment_bytes = to_int64(v); }},
    {"segment.index.bytes",
     [](LogConfig& c, std::string_view v) { c.segment_index_bytes = to_int32(v); }},
    {"segment.ms", [](LogConfig& c, std::string_view v) { c.segment_ms = to_int64(v); }},
    // After segment.bytes, which it replaces.
    {kInternalSegmentBytes,
     [](LogConfig& c, std::string_view v) { c.segment_bytes = to_int64(v); }},
};

}  // namespace

ConfigMap merge_broker_configs(const ConfigMap& set_by_user, const ConfigMap& default_broker,
                               const ConfigMap& broker) {
  ConfigMap merged = set_by_user;
  for (const auto& [name, value] : default_broker) merged[name] = value;
  for (const auto& [name, value] : broker) merged[name] = value;
  return merged;
}

LogConfig resolve_broker_log_config(const ConfigMap& broker_configs) {
  LogConfig config;
  for (const Setter& setter : kSetters) {
    const TopicConfig* topic_config = find_topic_config(setter.name);
    if (const auto value = default_of_broker(*topic_config, broker_configs)) {
      setter.set(config, *value);
    }
  }
  return config;
}

storage::LogManagerOptions::Compaction resolve_compaction(const ConfigMap& broker_configs) {
  constexpr std::int64_t kMapBytesMin = 64 << 10;
  const BrokerConfig config = read_numbers(broker_configs);
  return {.enabled = config.log_cleaner_enable,
          .backoff_ms = std::max<std::int64_t>(config.log_cleaner_backoff_ms, 1),
          .map_bytes_max = static_cast<std::size_t>(
              std::max(config.log_cleaner_dedupe_buffer_size, kMapBytesMin)),
          .bytes_per_second_max = std::max(config.log_cleaner_io_max_bytes_per_second, 1.0)};
}

ConfigMap own_settings(const Topic& topic, const ConfigMap& set_by_user) {
  ConfigMap settings = topic.overrides;
  std::string setting;
  if (topic.name == kConsumerOffsetsTopic) setting = "offsets.topic.segment.bytes";
  if (topic.name == kTransactionStateTopic) setting = "transaction.state.log.segment.bytes";
  if (setting.empty()) return settings;
  const auto set = set_by_user.find(setting);
  settings.try_emplace("segment.bytes",
                       set == set_by_user.end()
                           ? std::string(find_broker_config(setting)->definition.default_value)
                           : set->second);
  return settings;
}

LogConfig with_overrides(LogConfig base, const ConfigMap& overrides) {
  if (overrides.empty()) return base;
  for (const Setter& setter : kSetters) {
    const auto found = overrides.find(setter.name);
    if (found != overrides.end()) setter.set(base, found->second);
  }
  return base;
}

}  // namespace kreel::catalog
