#include "server/start_options.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/host_and_port.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "catalog/listeners.hpp"
#include "catalog/topic_configs.hpp"
#include "catalog/validation.hpp"
#include "server/listener_checks.hpp"
#include "server/sasl_settings.hpp"

namespace kreel::server {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:9092";

Result<std::uint16_t> parse_port(std::string_view text, std::string_view whole) {
  const auto port = parse_int32(text);
  if (text.empty()) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" has no port: write HOST:PORT", whole));
  }
  if (!port || *port < 0 || *port > 65535) {
    return fail(ErrorKind::kUsage,
                fmt::format("\"{}\": the port \"{}\" is not a number from 0 to 65535",
                            escape_control(whole), escape_control(text)));
  }
  return static_cast<std::uint16_t>(*port);
}

// What stands in meta.properties, and what clients are told.
Result<void> check_cluster_id(std::string_view id) {
  constexpr std::size_t kBytesMax = 128;
  const bool printable = std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~'; });
  if (id.size() <= kBytesMax && printable) return {};
  return fail(ErrorKind::kUsage, fmt::format("the cluster id \"{}\" is not one word", id));
}

void warn(const BrokerOptions& options, const catalog::ResolvedBrokerConfig& resolved) {
  for (const std::string& warning : resolved.warnings) log::warning(warning);
  std::vector<std::string> names = resolved.without_meaning;
  names.insert(names.end(), options.without_meaning.begin(), options.without_meaning.end());
  if (names.empty()) return;
  log::warning(fmt::format("without a meaning in kreel: {}", fmt::join(names, ", ")));
}

std::string_view implied_protocol(const BrokerOptions& options) {
  const bool tls = !options.tls_directory.empty();
  if (options.sasl_users.empty() && !options.unsecured_tokens) return tls ? "SSL" : "PLAINTEXT";
  return tls ? "SASL_SSL" : "SASL_PLAINTEXT";
}

}  // namespace

Result<catalog::Listener> parse_listener(std::string_view text, std::string_view default_protocol,
                                         const catalog::ConfigMap& settings) {
  catalog::Listener listener;
  listener.name = listener.protocol = default_protocol;
  std::string_view rest = text;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    std::string_view names = rest.substr(0, scheme);
    rest = rest.substr(scheme + 3);
    const auto equals = names.find('=');
    listener.name = std::string(names.substr(0, equals));
    listener.protocol =
        std::string(equals == std::string_view::npos ? names : names.substr(equals + 1));
  }
  std::optional<std::string> mapped;
  if (settings.contains(std::string_view("listener.security.protocol.map"))) {
    mapped = catalog::protocol_by_name(settings, listener.name);
  }
  const bool says_itself = listener.name != listener.protocol;
  if (mapped && says_itself && *mapped != listener.protocol) {
    return fail(ErrorKind::kUsage,
                fmt::format("listener \"{}\": listener.security.protocol.map says {}",
                            escape_control(text), escape_control(*mapped)));
  }
  if (mapped) listener.protocol = *mapped;
  const auto& known = catalog::kSecurityProtocols;
  if (std::ranges::find(known, listener.protocol) == known.end()) {
    return fail(ErrorKind::kUsage,
                fmt::format("listener \"{}\": the protocol {} is none of {}", escape_control(text),
                            escape_control(listener.protocol), fmt::join(known, ", ")));
  }
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" has no port: write HOST:PORT", text));
  }
  TRY_ASSIGN(listener.port, parse_port(rest.substr(colon + 1), text));
  std::string_view host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  listener.host = host.empty() && text.starts_with(':') ? "127.0.0.1" : std::string(host);
  return listener;
}

std::string address_text(const catalog::Listener& listener) {
  return host_and_port(listener.host, listener.port);
}

Result<storage::FlushPolicy> parse_flush(std::string_view text) {
  constexpr std::string_view kInterval = "interval:";
  if (text == "commit") return storage::FlushPolicy{storage::FlushMode::kCommit, 0};
  if (text == "os") return storage::FlushPolicy{storage::FlushMode::kOs, 0};
  if (text.starts_with(kInterval)) {
    const auto interval_ms = parse_int64(text.substr(kInterval.size()));
    if (interval_ms && *interval_ms > 0) {
      return storage::FlushPolicy{storage::FlushMode::kInterval, *interval_ms};
    }
  }
  return fail(ErrorKind::kUsage, fmt::format("flush \"{}\" is not known", text),
              "commit, interval:MS or os");
}

Result<catalog::NewTopic> parse_topic(std::string_view text, std::int32_t default_partitions) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorKind::kUsage, fmt::format("topic \"{}\": {}", text, why),
                "NAME[:PARTITIONS[:REPLICAS[:CLEANUP-POLICY]]]");
  };
  const auto parts = split(text, ':');
  if (parts.size() > 4) return bad("too many colons");
  catalog::NewTopic topic;
  topic.name = std::string(parts[0]);
  topic.partition_count = default_partitions;
  if (const auto problem = catalog::problem_with_topic_name(topic.name)) return bad(*problem);
  if (parts.size() > 1) {
    const auto count = parse_int32(parts[1]);
    if (!count || *count < 1) return bad("the number of partitions is not a number above 0");
    topic.partition_count = *count;
  }
  if (parts.size() > 2) {
    const auto replicas = parse_int32(parts[2]);
    if (!replicas || *replicas < 1) return bad("the number of replicas is not a number above 0");
    if (*replicas > 1) {
      log::warning(fmt::format("topic \"{}\" has one replica, not {}: kreel is one broker",
                               topic.name, *replicas));
    }
  }
  if (parts.size() > 3 && !parts[3].empty()) {
    topic.configs.emplace("cleanup.policy", std::string(parts[3]));
    if (const auto problem = catalog::check_topic_configs(topic.configs)) return bad(*problem);
  }
  return topic;
}

Result<std::vector<broker::FaultRule>> parse_faults(const FaultSpecs& specs) {
  std::vector<broker::FaultRule> rules;
  for (const std::string& text : specs.errors) {
    TRY_ASSIGN(rules.emplace_back(), broker::parse_error_fault(text));
  }
  for (const std::string& text : specs.latencies) {
    TRY_ASSIGN(rules.emplace_back(), broker::parse_latency_fault(text));
  }
  if (specs.drop) {
    TRY_ASSIGN(rules.emplace_back(), broker::parse_drop_fault(*specs.drop));
  }
  return rules;
}

namespace {

Result<std::optional<catalog::Listener>> read_metrics(
    const BrokerOptions& options, const std::vector<catalog::Listener>& listeners) {
  if (options.metrics_listen.empty()) return std::nullopt;
  TRY_ASSIGN(const auto metrics, parse_listener(options.metrics_listen));
  if (metrics.protocol != "PLAINTEXT") {
    return fail(ErrorKind::kUsage, "metrics are served without TLS: write HOST:PORT");
  }
  for (const catalog::Listener& listener : listeners) {
    const bool is_same = listener.host == metrics.host && listener.port == metrics.port;
    if (!is_same || metrics.port == 0) continue;
    return fail(
        ErrorKind::kUsage,
        fmt::format("--metrics: {} is the listener {}'s", address_text(metrics), listener.name),
        "metrics have a port of their own");
  }
  if (!metrics.is_loopback() && !options.insecure) {
    log::warning(
        fmt::format("metrics on {}: whoever can reach it reads them, and the names of all topics",
                    address_text(metrics)));
  }
  return metrics;
}

}  // namespace

Result<StartOptions> resolve_start_options(const BrokerOptions& options) {
  StartOptions resolved;
  using catalog::UnknownSettings;
  const auto unknown =
      options.skip_unknown_settings ? UnknownSettings::kSkip : UnknownSettings::kRefuse;
  TRY_ASSIGN(auto broker_config,
             catalog::resolve_broker_config(
                 {options.config.begin(), options.config.end()}, unknown,
                 {options.config_origins.begin(), options.config_origins.end()}));
  warn(options, broker_config);
  resolved.config = std::move(broker_config.config);
  const catalog::ConfigMap& given = resolved.config.set_by_user;
  std::vector<std::string> listen = options.listen;
  if (listen.empty() && resolved.config.listeners.empty()) listen.emplace_back(kDefaultListen);
  resolved.tells_listeners = !listen.empty();
  if (!listen.empty()) resolved.config.listeners.clear();
  for (const std::string& text : listen) {
    TRY_ASSIGN(auto listener, parse_listener(text, implied_protocol(options), given));
    resolved.config.listeners.push_back(std::move(listener));
  }
  if (!listen.empty()) {
    TRY(catalog::advertise(resolved.config.set_by_user, resolved.config.listeners));
  }
  resolved.given = {options.config.begin(), options.config.end()};
  resolved.tls_directory = options.tls_directory;
  resolved.sasl_users = options.sasl_users;
  resolved.unsecured_tokens = options.unsecured_tokens;
  TRY(check_sasl_users(resolved));
  TRY(check_protection(resolved, options.insecure));
  TRY_ASSIGN(resolved.flush, parse_flush(options.flush));
  if (options.ephemeral) resolved.flush = {storage::FlushMode::kOs, 0};
  for (const std::string& text : options.topics) {
    TRY_ASSIGN(auto topic, parse_topic(text, resolved.config.num_partitions));
    resolved.topics.push_back(std::move(topic));
  }
  TRY_ASSIGN(resolved.faults, parse_faults(options.faults));
  // DescribeLogDirs tells it to clients, which have other working directories.
  if (!options.data_directory.empty()) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(options.data_directory, error);
    resolved.data_directory = error ? options.data_directory : absolute.lexically_normal().string();
  }
  resolved.ephemeral = options.ephemeral;
  resolved.strict = options.strict;
  TRY_ASSIGN(resolved.metrics, read_metrics(options, resolved.config.listeners));
  TRY(check_cluster_id(options.cluster_id));
  resolved.cluster_id = options.cluster_id;
  if (!resolved.ephemeral && resolved.data_directory.empty()) {
    return fail(ErrorKind::kUsage, "no data directory", "--data-dir DIR, or --ephemeral");
  }
  return resolved;
}

}  // namespace kreel::server
