#include "server/start_options.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace kreel::server {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:9092";

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<void> check_exposure(const std::vector<catalog::Listener>& listeners, bool insecure) {
  if (insecure) return {};
  for (const catalog::Listener& listener : listeners) {
    if (is_loopback(listener.host)) continue;
    return fail(ErrorKind::kUsage,
                fmt::format("{}:{} can be reached by others, and nobody has to authenticate",
                            listener.host, listener.port),
                "--insecure says that this is meant");
  }
  return {};
}

Result<std::uint16_t> parse_port(std::string_view text, std::string_view whole) {
  const auto port = parse_int32(text);
  if (!port || *port < 0 || *port > 65535) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" has no port: write HOST:PORT", whole));
  }
  return static_cast<std::uint16_t>(*port);
}

}  // namespace

Result<catalog::Listener> parse_listener(std::string_view text) {
  catalog::Listener listener;
  std::string_view rest = text;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    std::string_view names = rest.substr(0, scheme);
    rest = rest.substr(scheme + 3);
    const auto equals = names.find('=');
    listener.name = std::string(names.substr(0, equals));
    listener.protocol =
        std::string(equals == std::string_view::npos ? names : names.substr(equals + 1));
  }
  if (listener.protocol != "PLAINTEXT") {
    return fail(ErrorKind::kUsage, fmt::format("listener \"{}\": the protocol {} is not PLAINTEXT",
                                               text, listener.protocol));
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
  catalog::NewTopic topic;
  topic.partition_count = default_partitions;
  const auto colon = text.find(':');
  topic.name = std::string(text.substr(0, colon));
  if (colon != std::string_view::npos) {
    const auto count = parse_int32(text.substr(colon + 1));
    if (!count || *count < 1) {
      return fail(
          ErrorKind::kUsage,
          fmt::format("topic \"{}\": the number of partitions is not a number above 0", text));
    }
    topic.partition_count = *count;
  }
  return topic;
}

Result<StartOptions> resolve_start_options(const BrokerOptions& options) {
  StartOptions resolved;
  TRY_ASSIGN(auto broker_config,
             catalog::resolve_broker_config({options.config.begin(), options.config.end()}));
  for (const std::string& warning : broker_config.warnings) log::warning(warning);
  resolved.config = std::move(broker_config.config);
  std::vector<std::string> listen = options.listen;
  if (listen.empty() && resolved.config.listeners.empty()) listen.emplace_back(kDefaultListen);
  if (!listen.empty()) resolved.config.listeners.clear();
  for (const std::string& text : listen) {
    TRY_ASSIGN(auto listener, parse_listener(text));
    resolved.config.listeners.push_back(std::move(listener));
  }
  TRY(check_exposure(resolved.config.listeners, options.insecure));
  TRY_ASSIGN(resolved.flush, parse_flush(options.flush));
  if (options.ephemeral) resolved.flush = {storage::FlushMode::kOs, 0};
  for (const std::string& text : options.topics) {
    TRY_ASSIGN(auto topic, parse_topic(text, resolved.config.num_partitions));
    resolved.topics.push_back(std::move(topic));
  }
  resolved.data_directory = options.data_directory;
  resolved.ephemeral = options.ephemeral;
  resolved.strict = options.strict;
  resolved.metrics_host = options.metrics_listen;
  if (!resolved.ephemeral && resolved.data_directory.empty()) {
    return fail(ErrorKind::kUsage, "no data directory", "--data-dir DIR, or --ephemeral");
  }
  return resolved;
}

}  // namespace kreel::server
