#include "catalog/broker_configs.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/core.h>

namespace kreel::catalog {
namespace {

using enum ConfigType;
using enum DynamicMode;
using enum BrokerConfigUse;

constexpr std::string_view kNull{};

// Names, types, defaults and ranges: Apache Kafka 4.3.1, AbstractKafkaConfig and
// DynamicBrokerConfig; those of the authorizer: StandardAuthorizer.
constexpr auto kMeaningful = std::to_array<BrokerConfigEntry>({
    {{"advertised.listeners", kList, kNull, any_value()}, kReadOnly, kServed},
    {{"allow.everyone.if.no.acl.found", kBoolean, "false", any_value()}, kReadOnly, kServed},
    {{"alter.config.policy.class.name", kClass, kNull, any_value()}, kReadOnly, kGuard},
    {{"authorizer.class.name", kString, "", any_value()}, kReadOnly, kServed},
    {{"auto.create.topics.enable", kBoolean, "true", any_value()}, kReadOnly, kServed},
    {{"broker.id", kInt, "-1", any_value()}, kReadOnly, kServed},
    {{"broker.rack", kString, kNull, any_value()}, kReadOnly, kServed},
    {{"client.quota.callback.class", kClass, kNull, any_value()}, kReadOnly, kGuard},
    {{"compression.gzip.level", kInt, "-1", level_or_minus_one(1, 9)}, kClusterWide, kTopicDefault},
    {{"compression.lz4.level", kInt, "9", between(1, 17)}, kClusterWide, kTopicDefault},
    {{"compression.type", kString, "producer",
      one_of("uncompressed, zstd, lz4, snappy, gzip, producer")},
     kClusterWide,
     kTopicDefault},
    {{"compression.zstd.level", kInt, "3", between(-131'072, 22)}, kClusterWide, kTopicDefault},
    {{"connection.failed.authentication.delay.ms", kInt, "100", at_least(0)}, kReadOnly, kServed},
    {{"connections.max.idle.ms", kLong, "600000", any_value()}, kReadOnly, kServed},
    {{"connections.max.reauth.ms", kLong, "0", any_value()}, kReadOnly, kServed},
    {{"controller.listener.names", kList, "", any_value()}, kReadOnly, kServed},
    {{"controller.quota.window.num", kInt, "11", at_least(1)}, kReadOnly, kServed},
    {{"controller.quota.window.size.seconds", kInt, "1", at_least(1)}, kReadOnly, kServed},
    {{"create.topic.policy.class.name", kClass, kNull, any_value()}, kReadOnly, kGuard},
    {{"delete.topic.enable", kBoolean, "true", any_value()}, kReadOnly, kServed},
    {{"fetch.max.bytes", kInt, "57671680", at_least(1024)}, kReadOnly, kServed},
    {{"group.initial.rebalance.delay.ms", kInt, "0", any_value()}, kReadOnly, kServed},
    {{"group.max.session.timeout.ms", kInt, "1800000", any_value()}, kReadOnly, kServed},
    {{"group.max.size", kInt, "2147483647", at_least(1)}, kReadOnly, kServed},
    {{"group.min.session.timeout.ms", kInt, "6000", any_value()}, kReadOnly, kServed},
    {{"listener.security.protocol.map", kString,
      "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", any_value()},
     kPerBroker,
     kServed},
    {{"listeners", kList, "PLAINTEXT://127.0.0.1:9092", any_value()}, kPerBroker, kServed},
    {{"log.cleaner.backoff.ms", kLong, "15000", at_least(0)}, kClusterWide, kServedAnew},
    {{"log.cleaner.dedupe.buffer.size", kLong, "134217728", any_value()},
     kClusterWide,
     kServedAnew},
    {{"log.cleaner.delete.retention.ms", kLong, "86400000", at_least(0)},
     kClusterWide,
     kTopicDefault},
    {{"log.cleaner.enable", kBoolean, "true", any_value()}, kReadOnly, kServed},
    {{"log.cleaner.io.max.bytes.per.second", kDouble, "1.7976931348623157E308", any_value()},
     kClusterWide,
     kServedAnew},
    {{"log.cleaner.max.compaction.lag.ms", kLong, "9223372036854775807", at_least(1)},
     kClusterWide,
     kTopicDefault},
    {{"log.cleaner.min.cleanable.ratio", kDouble, "0.5", between(0, 1)},
     kClusterWide,
     kTopicDefault},
    {{"log.cleaner.min.compaction.lag.ms", kLong, "0", at_least(0)}, kClusterWide, kTopicDefault},
    {{"log.cleanup.policy", kList, "delete", each_of("compact, delete")},
     kClusterWide,
     kTopicDefault},
    {{"log.dir", kList, "/tmp/kafka-logs", any_value()}, kReadOnly, kServed},
    {{"log.dirs", kList, kNull, any_value()}, kReadOnly, kServed},
    {{"log.flush.interval.messages", kLong, "9223372036854775807", at_least(1)},
     kClusterWide,
     kTopicDefault},
    {{"log.flush.interval.ms", kLong, kNull, any_value()}, kClusterWide, kTopicDefault},
    {{"log.flush.offset.checkpoint.interval.ms", kInt, "60000", at_least(0)}, kReadOnly, kServed},
    {{"log.flush.scheduler.interval.ms", kLong, "9223372036854775807", any_value()},
     kReadOnly,
     kTopicDefault},
    {{"log.index.interval.bytes", kInt, "4096", at_least(0)}, kClusterWide, kTopicDefault},
    {{"log.index.size.max.bytes", kInt, "10485760", at_least(4)}, kClusterWide, kTopicDefault},
    {{"log.message.timestamp.after.max.ms", kLong, "3600000", at_least(0)},
     kClusterWide,
     kTopicDefault},
    {{"log.message.timestamp.before.max.ms", kLong, "9223372036854775807", at_least(0)},
     kClusterWide,
     kTopicDefault},
    {{"log.message.timestamp.type", kString, "CreateTime", one_of("CreateTime, LogAppendTime")},
     kClusterWide,
     kTopicDefault},
    {{"log.retention.bytes", kLong, "-1", any_value()}, kClusterWide, kTopicDefault},
    {{"log.retention.check.interval.ms", kLong, "300000", at_least(1)}, kReadOnly, kServed},
    {{"log.retention.hours", kInt, "168", any_value()}, kReadOnly, kTopicDefault},
    {{"log.retention.minutes", kInt, kNull, any_value()}, kReadOnly, kTopicDefault},
    {{"log.retention.ms", kLong, kNull, any_value()}, kClusterWide, kTopicDefault},
    {{"log.roll.hours", kInt, "168", at_least(1)}, kReadOnly, kTopicDefault},
    {{"log.roll.ms", kLong, kNull, any_value()}, kClusterWide, kTopicDefault},
    {{"log.segment.bytes", kInt, "1073741824", at_least(1'048'576)}, kClusterWide, kTopicDefault},
    {{"log.segment.delete.delay.ms", kLong, "60000", at_least(0)}, kClusterWide, kTopicDefault},
    {{"max.connections", kInt, "20000", at_least(0)}, kClusterWide, kServed},
    {{"max.incremental.fetch.session.cache.slots", kInt, "1000", at_least(0)}, kReadOnly, kServed},
    {{"max.request.partition.size.limit", kInt, "2000", at_least(1)}, kReadOnly, kServed},
    {{"message.max.bytes", kInt, "1048588", at_least(0)}, kClusterWide, kTopicDefault},
    {{"node.id", kInt, "1", at_least(0)}, kReadOnly, kServed},
    {{"num.partitions", kInt, "1", at_least(1)}, kReadOnly, kServed},
    {{"offset.metadata.max.bytes", kInt, "4096", any_value()}, kReadOnly, kServed},
    {{"offsets.commit.timeout.ms", kInt, "5000", at_least(1)}, kReadOnly, kServed},
    {{"offsets.retention.check.interval.ms", kLong, "600000", at_least(1)}, kReadOnly, kServed},
    {{"offsets.retention.minutes", kInt, "10080", at_least(1)}, kReadOnly, kServed},
    {{"offsets.topic.num.partitions", kInt, "50", at_least(1)}, kReadOnly, kServed},
    {{"offsets.topic.segment.bytes", kInt, "104857600", at_least(1)}, kReadOnly, kServed},
    {{"principal.builder.class", kClass,
      "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", any_value()},
     kPerBroker,
     kGuard},
    {{"producer.id.expiration.ms", kInt, "86400000", at_least(1)}, kClusterWide, kServed},
    {{"quota.window.num", kInt, "11", at_least(1)}, kReadOnly, kServed},
    {{"quota.window.size.seconds", kInt, "1", at_least(1)}, kReadOnly, kServed},
    {{"sasl.enabled.mechanisms", kList, "GSSAPI", any_value()}, kPerBroker, kServed},
    {{"sasl.jaas.config", kPassword, kNull, any_value()}, kPerBroker, kServed},
    {{"sasl.oauthbearer.clock.skew.seconds", kInt, "30", any_value()}, kReadOnly, kServed},
    {{"sasl.oauthbearer.expected.audience", kList, "", any_value()}, kReadOnly, kServed},
    {{"sasl.oauthbearer.expected.issuer", kString, kNull, any_value()}, kReadOnly, kServed},
    {{"sasl.oauthbearer.jwks.endpoint.url", kString, kNull, any_value()}, kReadOnly, kServed},
    {{"sasl.oauthbearer.sub.claim.name", kString, "sub", any_value()}, kReadOnly, kServed},
    {{"sasl.server.max.receive.size", kInt, "65536", any_value()}, kReadOnly, kServed},
    {{"socket.request.max.bytes", kInt, "104857600", at_least(1)}, kReadOnly, kServed},
    {{"ssl.cipher.suites", kList, "", any_value()}, kPerBroker, kServed},
    {{"ssl.client.auth", kString, "none", one_of("required, requested, none")},
     kPerBroker,
     kServed},
    {{"ssl.enabled.protocols", kList, "TLSv1.2,TLSv1.3", any_value()}, kPerBroker, kServed},
    {{"ssl.key.password", kPassword, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.keystore.certificate.chain", kPassword, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.keystore.key", kPassword, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.keystore.location", kString, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.keystore.password", kPassword, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.keystore.type", kString, "JKS", any_value()}, kPerBroker, kServed},
    {{"ssl.principal.mapping.rules", kString, "DEFAULT", any_value()}, kReadOnly, kServed},
    {{"ssl.truststore.certificates", kPassword, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.truststore.location", kString, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.truststore.password", kPassword, kNull, any_value()}, kPerBroker, kServed},
    {{"ssl.truststore.type", kString, "JKS", any_value()}, kPerBroker, kServed},
    {{"super.users", kString, "", any_value()}, kReadOnly, kServed},
    {{"transaction.abort.timed.out.transaction.cleanup.interval.ms", kInt, "10000", at_least(1)},
     kReadOnly,
     kServed},
    {{"transaction.max.timeout.ms", kInt, "900000", at_least(1)}, kReadOnly, kServed},
    {{"transaction.remove.expired.transaction.cleanup.interval.ms", kInt, "3600000", at_least(1)},
     kReadOnly,
     kServed},
    {{"transaction.state.log.num.partitions", kInt, "50", at_least(1)}, kReadOnly, kServed},
    {{"transaction.state.log.segment.bytes", kInt, "104857600", at_least(1)}, kReadOnly, kServed},
    {{"transactional.id.expiration.ms", kInt, "604800000", at_least(1)}, kReadOnly, kServed},
});

// What kafka-reassign-partitions --throttle sets while replicas move. No file has them, and no
// broker tells of them before they are set. Here replicas move at once, with nobody to hold back.
constexpr auto kThrottles = std::to_array<BrokerConfigEntry>({
    {{"follower.replication.throttled.rate", kLong, "9223372036854775807", at_least(0)},
     kClusterWide},
    {{"leader.replication.throttled.rate", kLong, "9223372036854775807", at_least(0)},
     kClusterWide},
    {{"replica.alter.log.dirs.io.max.bytes.per.second", kLong, "9223372036854775807", at_least(0)},
     kClusterWide},
});

constexpr auto kByName = [](const BrokerConfigEntry& entry) { return entry.definition.name; };

std::vector<BrokerConfigEntry> merge_tables() {
  std::vector<BrokerConfigEntry> all(kMeaningful.begin(), kMeaningful.end());
  const auto foreign = detail::foreign_broker_configs();
  all.insert(all.end(), foreign.begin(), foreign.end());
  std::ranges::sort(all, {}, kByName);
  return all;
}

}  // namespace

std::span<const BrokerConfigEntry> broker_configs() {
  static const std::vector<BrokerConfigEntry> kAll = merge_tables();
  return kAll;
}

const BrokerConfigEntry* find_broker_config(std::string_view name) {
  for (const std::span<const BrokerConfigEntry> table :
       {broker_configs(), replication_throttles(), detail::undocumented_broker_configs()}) {
    const auto found = std::ranges::lower_bound(table, name, {}, kByName);
    if (found != table.end() && found->definition.name == name) return &*found;
  }
  return nullptr;
}

std::span<const BrokerConfigEntry> replication_throttles() {
  return kThrottles;
}

bool is_read_only(const BrokerConfigEntry& entry) {
  return entry.dynamic == kReadOnly || entry.use == kServed || entry.use == kGuard;
}

std::optional<std::string> check_dynamic_broker_configs(bool default_broker, ConfigMap& overrides) {
  std::string not_dynamic;
  std::string per_broker;
  const auto add = [](std::string& list, const std::string& name) {
    list += (list.empty() ? "" : ", ") + name.substr(0, 200);
  };
  for (auto& [name, value] : overrides) {
    const BrokerConfigEntry* entry = find_broker_config(name);
    if (entry == nullptr || is_read_only(*entry)) {
      add(not_dynamic, name);
      continue;
    }
    if (default_broker && entry->dynamic == kPerBroker) add(per_broker, name);
    auto checked = check_config(entry->definition, value);
    if (!checked) return std::move(checked.error());
    value = std::move(*checked);
  }
  if (!not_dynamic.empty()) {
    return fmt::format("Cannot update these configs dynamically: [{}]", not_dynamic);
  }
  if (!per_broker.empty()) {
    return fmt::format(
        "Cannot update these configs at default cluster level, broker id must be specified: [{}]",
        per_broker);
  }
  return std::nullopt;
}

}  // namespace kreel::catalog
