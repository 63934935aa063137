#include "catalog/broker_config.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "catalog/authorizer_settings.hpp"
#include "catalog/broker_configs.hpp"
#include "catalog/listener_settings.hpp"
#include "catalog/listeners.hpp"
#include "catalog/topic_configs.hpp"

namespace kreel::catalog {
namespace {

// Settings that Apache Kafka had before 4.0, and those of Confluent's distribution: old files and
// compose files are full of them.
constexpr auto kForeignPrefixes = std::to_array<std::string_view>({"zookeeper.", "confluent."});
constexpr auto kRetired = std::to_array<std::string_view>(
    {"broker.id.generation.enable", "control.plane.listener.name", "inter.broker.protocol.version",
     "log.message.format.version", "log.message.timestamp.difference.max.ms",
     "reserved.broker.max.id"});

bool is_foreign(std::string_view name) {
  return std::ranges::find(kRetired, name) != kRetired.end() ||
         std::ranges::any_of(kForeignPrefixes,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// The name that a topic's setting has as the broker's default for it.
std::optional<std::string> name_for_all_topics(std::string_view name) {
  const TopicConfig* setting = find_topic_config(name);
  if (setting == nullptr || setting->broker_synonyms().empty()) return std::nullopt;
  return std::string(setting->broker_synonyms().front().name);
}

Error unknown_setting(const std::string& name) {
  const std::string setting(parse_setting_name(name).setting);
  if (const auto of_broker = name_for_all_topics(setting)) {
    return Error(ErrorKind::kUsage,
                 fmt::format("{} is a setting of topics, not of the broker", name),
                 fmt::format("{} is the default of all topics", *of_broker));
  }
  std::vector<std::string> known;
  for (const BrokerConfigEntry& entry : broker_configs()) known.emplace_back(entry.definition.name);
  const auto near = nearest(setting, known);
  return Error(ErrorKind::kUsage, fmt::format("there is no setting \"{}\"", escape_control(name)),
               near ? fmt::format("did you mean {}?", *near) : std::string());
}

// Apache Kafka takes no more replicas for required than a topic has, and here it has one.
void clamp_min_insync_replicas(ConfigMap& checked, ResolvedBrokerConfig& resolved) {
  if (!problem_with_min_insync_replicas(checked)) return;
  std::string& value = checked[std::string(kMinInsyncReplicas)];
  resolved.warnings.push_back(
      fmt::format("{} is 1, not {}: kreel is one broker", kMinInsyncReplicas, value));
  value = "1";
  std::erase(resolved.without_meaning, kMinInsyncReplicas);
}

// Nobody who is not known yet gets more memory than this.
void clamp_receive_size(ConfigMap& checked, ResolvedBrokerConfig& resolved) {
  constexpr std::string_view kName = "sasl.server.max.receive.size";
  const auto set = checked.find(kName);
  const std::int32_t most = BrokerConfig().sasl_server_max_receive_size;
  if (set == checked.end() || parse_int64(set->second).value_or(0) <= most) return;
  resolved.warnings.push_back(fmt::format(
      "{} is {}, not {}: the most that kreel takes of strangers", kName, most, set->second));
  set->second = std::to_string(most);
}

// The settings as the broker keeps them.
Result<ConfigMap> check_all(const ConfigMap& set_by_user, UnknownSettings unknown,
                            const ConfigMap& origins, ResolvedBrokerConfig& resolved) {
  ConfigMap checked;
  const auto located = [&origins](const std::string& name, Error error) {
    const auto origin = origins.find(name);
    return origin == origins.end() ? error
                                   : std::move(error).with_context(escape_control(origin->second));
  };
  for (const auto& [name, value] : set_by_user) {
    const SettingName parsed = parse_setting_name(name);
    const BrokerConfigEntry* entry = find_broker_config(parsed.setting);
    const bool of_listener = !parsed.listener.empty();
    // What would protect a listener is never passed over.
    const bool protects = security_family(parsed.setting).has_value() ||
                          (entry != nullptr && entry->use == BrokerConfigUse::kGuard);
    if (of_listener ? !protects : is_foreign(name)) {
      resolved.without_meaning.push_back(name);
      continue;
    }
    if (entry == nullptr) {
      const Error error = located(name, unknown_setting(name));
      if (unknown == UnknownSettings::kRefuse || protects) return fail(error);
      const bool has_hint = !error.hint().empty();
      resolved.warnings.push_back(error.message() + (has_hint ? "; " + error.hint() : ""));
      continue;
    }
    auto kept = check_config(entry->definition, value);
    if (!kept) {
      return fail(located(name, Error(ErrorKind::kUsage, escape_control(kept.error()))));
    }
    if (entry->use == BrokerConfigUse::kGuard && !kept->empty() &&
        *kept != entry->definition.default_value) {
      return fail(located(
          name,
          Error(ErrorKind::kUsage, fmt::format("kreel has no {}, and will not run without", name),
                "take it out where nothing has to be guarded")));
    }
    if (entry->use == BrokerConfigUse::kNoMeaning) {
      resolved.without_meaning.push_back(name);
    }
    if (!of_listener) checked.emplace(name, std::move(*kept));
  }
  return checked;
}

/// Reads the checked numbers by name.
class Reader {
 public:
  explicit Reader(const ConfigMap& configs) : configs_(configs) {}

  template <class Int>
  void read(std::string_view name, Int& into) const {
    const auto found = configs_.find(name);
    if (found == configs_.end()) return;
    const auto number = parse_int64(found->second);
    KREEL_ASSERT(number.has_value(), "a setting that was checked is a number");
    into = static_cast<Int>(*number);
  }
  void read(std::string_view name, double& into) const {
    const auto found = configs_.find(name);
    if (found == configs_.end()) return;
    const auto number = parse_double(found->second);
    KREEL_ASSERT(number.has_value(), "a setting that was checked is a number");
    into = *number;
  }
  void read(std::string_view name, bool& into) const {
    const auto found = configs_.find(name);
    if (found != configs_.end()) into = found->second == "true";
  }

 private:
  const ConfigMap& configs_;
};

void read_each(const Reader& reader, BrokerConfig& config) {
  reader.read("num.partitions", config.num_partitions);
  reader.read("auto.create.topics.enable", config.auto_create_topics_enable);
  reader.read("delete.topic.enable", config.delete_topic_enable);
  reader.read("socket.request.max.bytes", config.socket_request_max_bytes);
  reader.read("sasl.server.max.receive.size", config.sasl_server_max_receive_size);
  reader.read("fetch.max.bytes", config.fetch_max_bytes);
  reader.read("max.incremental.fetch.session.cache.slots",
              config.max_incremental_fetch_session_cache_slots);
  reader.read("max.request.partition.size.limit", config.max_request_partition_size_limit);
  reader.read("connections.max.idle.ms", config.connections_max_idle_ms);
  reader.read("max.connections", config.max_connections);
  reader.read("log.retention.check.interval.ms", config.log_retention_check_interval_ms);
  reader.read("log.flush.offset.checkpoint.interval.ms",
              config.log_flush_offset_checkpoint_interval_ms);
  reader.read("log.cleaner.enable", config.log_cleaner_enable);
  reader.read("log.cleaner.backoff.ms", config.log_cleaner_backoff_ms);
  reader.read("log.cleaner.dedupe.buffer.size", config.log_cleaner_dedupe_buffer_size);
  reader.read("log.cleaner.io.max.bytes.per.second", config.log_cleaner_io_max_bytes_per_second);
  reader.read("producer.id.expiration.ms", config.producer_id_expiration_ms);
  reader.read("producer.id.expiration.check.interval.ms",
              config.producer_id_expiration_check_interval_ms);
  reader.read("offsets.topic.num.partitions", config.offsets_topic_num_partitions);
  reader.read("offsets.retention.minutes", config.offsets_retention_minutes);
  reader.read("offsets.retention.check.interval.ms", config.offsets_retention_check_interval_ms);
  reader.read("offset.metadata.max.bytes", config.offset_metadata_max_bytes);
  reader.read("offsets.commit.timeout.ms", config.offsets_commit_timeout_ms);
  reader.read("group.min.session.timeout.ms", config.group_min_session_timeout_ms);
  reader.read("group.max.session.timeout.ms", config.group_max_session_timeout_ms);
  reader.read("group.max.size", config.group_max_size);
  reader.read("group.initial.rebalance.delay.ms", config.group_initial_rebalance_delay_ms);
  reader.read("transaction.state.log.num.partitions", config.transaction_state_log_num_partitions);
  reader.read("transaction.max.timeout.ms", config.transaction_max_timeout_ms);
  reader.read("transactional.id.expiration.ms", config.transactional_id_expiration_ms);
  reader.read("transaction.abort.timed.out.transaction.cleanup.interval.ms",
              config.transaction_abort_timed_out_interval_ms);
  reader.read("transaction.remove.expired.transaction.cleanup.interval.ms",
              config.transaction_remove_expired_interval_ms);
  reader.read("quota.window.num", config.quota_window_num);
  reader.read("quota.window.size.seconds", config.quota_window_size_seconds);
  reader.read("controller.quota.window.num", config.controller_quota_window_num);
  reader.read("controller.quota.window.size.seconds", config.controller_quota_window_size_seconds);
}

// node.id, or broker.id as it was called before KRaft.
Result<void> read_node_id(const ConfigMap& configs, BrokerConfig& config) {
  const Reader reader(configs);
  BrokerId broker_id = -1;
  reader.read("broker.id", broker_id);
  const bool has_node_id = configs.contains("node.id");
  if (broker_id >= 0) config.node_id = broker_id;
  reader.read("node.id", config.node_id);
  if (has_node_id && broker_id >= 0 && broker_id != config.node_id) {
    return fail(ErrorKind::kUsage,
                fmt::format("node.id is {}, and broker.id is {}", config.node_id, broker_id));
  }
  return {};
}

Result<void> check_together(const BrokerConfig& config) {
  if (config.group_min_session_timeout_ms > config.group_max_session_timeout_ms) {
    return fail(ErrorKind::kUsage,
                "group.min.session.timeout.ms is above group.max.session.timeout.ms");
  }
  return {};
}

}  // namespace

Result<ResolvedBrokerConfig> resolve_broker_config(const ConfigMap& set_by_user,
                                                   UnknownSettings unknown,
                                                   const ConfigMap& origins) {
  ResolvedBrokerConfig resolved;
  TRY_ASSIGN(ConfigMap checked, check_all(set_by_user, unknown, origins, resolved));
  clamp_min_insync_replicas(checked, resolved);
  clamp_receive_size(checked, resolved);
  BrokerConfig& config = resolved.config;
  config = read_numbers(checked);
  TRY(read_node_id(checked, config));
  TRY(check_together(config));
  TRY_ASSIGN(config.listeners, resolve_listeners(checked));
  TRY_ASSIGN(config.authorizer, resolve_authorizer(checked));
  if (config.authorizer) {
    for (std::string& warning : super_user_warnings(*config.authorizer)) {
      resolved.warnings.push_back(std::move(warning));
    }
  }
  config.set_by_user = checked;
  return resolved;
}

BrokerConfig read_numbers(const ConfigMap& checked) {
  BrokerConfig config;
  read_each(Reader(checked), config);
  return config;
}

}  // namespace kreel::catalog
