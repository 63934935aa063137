#include "cli/container_settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

constexpr std::string_view kPrefix = "KAFKA_";
constexpr std::string_view kBitnamiPrefix = "KAFKA_CFG_";
constexpr std::string_view kDefaultPort = "9092";

// What the images read besides settings; KAFKA_LOG4J_… and KAFKA_TOOLS_LOG4J_… too.
constexpr auto kForJavaAndScripts = std::to_array<std::string_view>(
    {"KAFKA_CERTIFICATE_PASSWORD", "KAFKA_CLIENT_LISTENER_NAME", "KAFKA_CLIENT_PASSWORDS",
     "KAFKA_CLIENT_USERS", "KAFKA_ENABLE_KRAFT", "KAFKA_EXTRA_FLAGS", "KAFKA_GC_LOG_OPTS",
     "KAFKA_HEAP_OPTS", "KAFKA_INTER_BROKER_PASSWORD", "KAFKA_INTER_BROKER_USER",
     "KAFKA_JMX_HOSTNAME", "KAFKA_JMX_OPTS", "KAFKA_JMX_PORT", "KAFKA_JVM_PERFORMANCE_OPTS",
     "KAFKA_OPTS", "KAFKA_ZOOKEEPER_PASSWORD", "KAFKA_ZOOKEEPER_PROTOCOL", "KAFKA_ZOOKEEPER_USER"});
// Read by name below, or put there by an image for itself.
constexpr auto kNoSettings = std::to_array<std::string_view>(
    {"KAFKA_ADVERTISED_HOST_NAME", "KAFKA_ADVERTISED_PORT", "KAFKA_CLUSTER_ID",
     "KAFKA_CREATE_TOPICS", "KAFKA_CREATE_TOPICS_SEPARATOR", "KAFKA_HOME", "KAFKA_HOST_NAME",
     "KAFKA_KRAFT_CLUSTER_ID", "KAFKA_PORT", "KAFKA_VERSION"});

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::ranges::find(names, name) != names.end();
}

// Docker's links and Kubernetes describe a service of the name "kafka" in such variables.
bool describes_a_service(std::string_view name) {
  return name.starts_with("KAFKA_SERVICE_") || name.starts_with("KAFKA_PORT_") ||
         name.starts_with("KAFKA_ENV_") || name == "KAFKA_NAME";
}

std::string_view value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : trim(found->second);
}

std::string setting_name(std::string_view variable) {
  std::string name;
  for (std::size_t at = 0; at < variable.size();) {
    std::size_t underscores = 0;
    while (at + underscores < variable.size() && variable[at + underscores] == '_') ++underscores;
    if (underscores == 0) {
      name += variable[at++];
      continue;
    }
    constexpr std::string_view kMeaning = "._-";
    const std::size_t taken = std::min<std::size_t>(underscores, kMeaning.size());
    name += kMeaning[taken - 1];
    at += taken;
  }
  return to_lower(name);
}

// Images for old Kafkas put the output of a command in place of these.
Result<void> check_placeholders(std::string_view variable, std::string_view value) {
  const auto at = value.find("_{");
  if (at == std::string_view::npos) return {};
  const auto end = value.find('}', at);
  return fail(ErrorKind::kUsage,
              fmt::format("{}: kreel runs no commands, so nothing stands for {}", variable,
                          value.substr(at, end == std::string_view::npos ? end : end + 1 - at)),
              "write the address itself");
}

Result<void> read_settings(const Environment& environment, ContainerSettings& settings) {
  std::map<std::string, std::string> from_bitnami;
  for (const auto& [variable, raw] : environment) {
    const std::string value(trim(raw));
    if (!variable.starts_with(kPrefix) || value.empty()) continue;
    if (is_one_of(variable, kNoSettings) || describes_a_service(variable)) continue;
    if (is_one_of(variable, kForJavaAndScripts) || variable.starts_with("KAFKA_LOG4J_") ||
        variable.starts_with("KAFKA_TOOLS_LOG4J_") || variable.starts_with("KAFKA_TLS_")) {
      settings.without_meaning.push_back(variable);
      continue;
    }
    TRY(check_placeholders(variable, value));
    const bool is_bitnami = variable.starts_with(kBitnamiPrefix);
    const std::size_t prefix = is_bitnami ? kBitnamiPrefix.size() : kPrefix.size();
    const std::string name = setting_name(std::string_view(variable).substr(prefix));
    (is_bitnami ? from_bitnami : settings.config)[name] = value;
  }
  for (const auto& [name, value] : from_bitnami) settings.config[name] = value;
  return {};
}

// "NAME://HOST:PORT" on all addresses: the listeners that belong to advertised ones.
std::string on_all_addresses(std::string_view advertised) {
  std::vector<std::string> listeners;
  for (const std::string_view element : split(advertised, ',')) {
    const auto scheme = element.find("://");
    const auto colon = element.rfind(':');
    // What is no address is left to be refused by its own name.
    const bool is_address = scheme != std::string_view::npos && colon > scheme;
    listeners.push_back(is_address ? fmt::format("{}://0.0.0.0:{}", trim(element.substr(0, scheme)),
                                                 trim(element.substr(colon + 1)))
                                   : std::string(element));
  }
  return fmt::format("{}", fmt::join(listeners, ","));
}

void add_listeners(const Environment& environment, std::map<std::string, std::string>& config) {
  const auto either = [](std::string_view first, std::string_view second) {
    return std::string(first.empty() ? second : first);
  };
  if (!config.contains("listeners") && config.contains("advertised.listeners")) {
    config["listeners"] = on_all_addresses(config.at("advertised.listeners"));
  } else if (!config.contains("listeners")) {
    // The names of Kafka before 3.0; a link of Docker's has a URL in place of the port.
    std::string_view port = value_of(environment, "KAFKA_PORT");
    if (port.empty() || port.starts_with("tcp://")) port = kDefaultPort;
    const std::string_view host = value_of(environment, "KAFKA_HOST_NAME");
    config["listeners"] = fmt::format("PLAINTEXT://{}:{}", either(host, "0.0.0.0"), port);
    const std::string_view advertised = value_of(environment, "KAFKA_ADVERTISED_HOST_NAME");
    const std::string_view advertised_port = value_of(environment, "KAFKA_ADVERTISED_PORT");
    config["advertised.listeners"] =
        fmt::format("PLAINTEXT://{}:{}", either(advertised, either(host, "localhost")),
                    either(advertised_port, port));
  }
  // The default of Bitnami's image; elsewhere it has to be said.
  if (!config.contains("controller.listener.names") && config.contains("process.roles")) {
    config["controller.listener.names"] = "CONTROLLER";
  }
}

std::vector<std::string> topics_of(const Environment& environment) {
  std::string separators = ", \t\r\n";
  const auto separator = environment.find("KAFKA_CREATE_TOPICS_SEPARATOR");
  if (separator != environment.end() && separator->second.size() == 1) {
    separators += separator->second;
  }
  std::string list(value_of(environment, "KAFKA_CREATE_TOPICS"));
  std::ranges::replace_if(
      list, [&](char c) { return separators.find(c) != std::string::npos; }, ',');
  std::vector<std::string> topics;
  for (const std::string_view topic : split(list, ',')) {
    if (!topic.empty()) topics.emplace_back(topic);
  }
  return topics;
}

}  // namespace

Result<ContainerSettings> container_settings(const Environment& environment) {
  ContainerSettings settings;
  TRY(read_settings(environment, settings));
  if (const auto roles = settings.config.find("process.roles");
      roles != settings.config.end() && roles->second == "controller") {
    return fail(ErrorKind::kUsage,
                "process.roles is controller alone, and kreel needs no controller",
                "take this service out; the one with the role of a broker is enough");
  }
  add_listeners(environment, settings.config);
  settings.topics = topics_of(environment);
  for (const auto* name : {"CLUSTER_ID", "KAFKA_CLUSTER_ID", "KAFKA_KRAFT_CLUSTER_ID"}) {
    if (settings.cluster_id.empty()) settings.cluster_id = value_of(environment, name);
  }
  return settings;
}

}  // namespace kreel::cli
