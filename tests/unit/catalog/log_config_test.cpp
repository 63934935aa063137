#include <doctest/doctest.h>

#include "catalog/log_config.hpp"
#include "catalog/topic_configs.hpp"

using namespace kreel;

namespace {

storage::LogConfig resolve_log_config(const catalog::ConfigMap& topic_overrides,
                                      const catalog::ConfigMap& broker_configs) {
  return catalog::with_overrides(catalog::resolve_broker_log_config(broker_configs),
                                 topic_overrides);
}

}  // namespace

TEST_CASE("log config: without settings it is what Kafka's defaults are") {
  CHECK(resolve_log_config({}, {}) == storage::LogConfig{});
  catalog::ConfigMap defaults;
  for (const catalog::TopicConfig& config : catalog::topic_configs()) {
    if (!config.definition.has_default()) continue;
    defaults.emplace(config.definition.name, config.definition.default_value);
  }
  CHECK(resolve_log_config(defaults, {}) == storage::LogConfig{});
}

TEST_CASE("log config: a topic's own setting wins over the broker's") {
  const catalog::ConfigMap broker = {{"log.retention.bytes", "100"}, {"message.max.bytes", "9"}};
  CHECK(resolve_log_config({}, broker).retention_bytes == 100);
  CHECK(resolve_log_config({}, broker).max_message_bytes == 9);
  CHECK(resolve_log_config({{"retention.bytes", "5"}}, broker).retention_bytes == 5);
  CHECK(resolve_log_config({{"retention.bytes", "5"}}, broker).max_message_bytes == 9);
}

TEST_CASE("log config: of hours, minutes and milliseconds the finest unit wins") {
  catalog::ConfigMap broker = {{"log.retention.hours", "2"}};
  CHECK(resolve_log_config({}, broker).retention_ms == 7'200'000);
  broker["log.retention.minutes"] = "3";
  CHECK(resolve_log_config({}, broker).retention_ms == 180'000);
  broker["log.retention.ms"] = "4";
  CHECK(resolve_log_config({}, broker).retention_ms == 4);
  CHECK(resolve_log_config({}, {{"log.retention.hours", "-1"}}).retention_ms == -1);
  CHECK(resolve_log_config({}, {{"log.roll.hours", "1"}}).segment_ms == 3'600'000);
  CHECK(resolve_log_config({}, {{"log.flush.scheduler.interval.ms", "7"}}).flush_ms == 7);
}

TEST_CASE("log config: every setting that is said to be obeyed changes something") {
  for (const catalog::TopicConfig& config : catalog::topic_configs()) {
    using catalog::ConfigType;
    std::string other;
    switch (config.definition.type) {
      case ConfigType::kBoolean:
        other = config.definition.default_value == "true" ? "false" : "true";
        break;
      case ConfigType::kList:
        other = "compact";
        break;
      case ConfigType::kString:
        other = config.definition.name == "message.timestamp.type" ? "LogAppendTime" : "zstd";
        break;
      default:
        other = "2097152";
    }
    INFO(std::string(config.definition.name));
    const auto changed = resolve_log_config({{std::string(config.definition.name), other}}, {});
    CHECK((changed != storage::LogConfig{}) == config.is_obeyed);
  }
}

TEST_CASE("log config: words become what they mean") {
  const auto config = resolve_log_config({{"cleanup.policy", "compact,delete"},
                                          {"compression.type", "lz4"},
                                          {"message.timestamp.type", "LogAppendTime"},
                                          {"kreel.validate.records", "false"}},
                                         {});
  CHECK(config.cleanup_compact);
  CHECK(config.cleanup_delete);
  CHECK(!config.keep_producer_compression);
  CHECK(config.compression == protocol::Compression::kLz4);
  CHECK(config.timestamp_type == protocol::TimestampType::kLogAppendTime);
  CHECK(!config.validate_records);
  const auto neither = resolve_log_config({{"cleanup.policy", ""}}, {});
  CHECK(!neither.cleanup_compact);
  CHECK(!neither.cleanup_delete);
  CHECK(!resolve_log_config({{"compression.type", "uncompressed"}}, {}).keep_producer_compression);
}

TEST_CASE("log config: a topic's small segments replace its segment.bytes") {
  CHECK(resolve_log_config({{"internal.segment.bytes", "500"}, {"segment.bytes", "2097152"}}, {})
            .segment_bytes == 500);
}

TEST_CASE("log config: dynamic settings lie over static ones, this broker's over all brokers'") {
  const auto merged =
      catalog::merge_broker_configs({{"a", "static"}, {"b", "static"}, {"c", "static"}},
                                    {{"b", "default"}, {"c", "default"}}, {{"c", "broker"}});
  CHECK(merged == catalog::ConfigMap{{"a", "static"}, {"b", "default"}, {"c", "broker"}});
}
