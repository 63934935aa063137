#include "kafka/client.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/java_properties.hpp"
#include "kafka/jaas_file.hpp"
#include "kafka/java_files.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::int64_t kApiTimeoutMs = 60'000;
// One attempt: a filtered port is tried again as well.
constexpr std::int64_t kAttemptMs = 10'000;
constexpr std::int64_t kPauseMinMs = 50;
constexpr std::int64_t kPauseMaxMs = 1'000;
constexpr std::string_view kNetworkClient = "org.apache.kafka.clients.NetworkClient";
constexpr std::string_view kNoLogin =
    "java.lang.IllegalArgumentException: Could not find a 'KafkaClient' entry in the JAAS "
    "configuration. System property 'java.security.auth.login.config' is not set";
constexpr std::string_view kJaasFlag = "-Djava.security.auth.login.config=";

tl::unexpected<JavaError> not_made(std::string_view failure, ErrorKind reason, std::string cause) {
  return tl::unexpected(JavaError{JavaError::Kind::kParse, "org.apache.kafka.common.KafkaException",
                                  std::string(failure), reason, std::move(cause)});
}

std::string_view failure_to_make(JavaClients client) {
  if (client == kAdmin) return "Failed to create new KafkaAdminClient";
  return client == kProducer ? "Failed to construct kafka producer"
                             : "Failed to construct kafka consumer";
}

std::string config_exception(std::string_view message) {
  return fmt::format("org.apache.kafka.common.config.ConfigException: {}", message);
}

bool is_host_text(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-%._:").find(c) != std::string_view::npos;
  });
}

// Java's form: anything, "[" and "]" around the host or not, and a port.
bool is_bootstrap_url(std::string_view url) {
  const auto colon = url.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view port = url.substr(colon + 1);
  std::string_view host = url.substr(0, colon);
  if (const auto scheme = host.rfind("://"); scheme != std::string_view::npos) {
    host.remove_prefix(scheme + 3);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return !port.empty() && parse_int32(port) && *parse_int32(port) <= 65'535 && is_host_text(host);
}

// To Java a host without a name is this one: ":9092".
std::string with_hosts(std::string_view urls) {
  std::string named;
  for (const std::string_view url : split(urls, ',')) {
    if (!named.empty()) named += ',';
    const std::string_view trimmed = trim(url);
    const auto colon = trimmed.rfind(':');
    const bool is_nameless = colon == 0 || trimmed.substr(0, colon).ends_with("://");
    named += trimmed.substr(0, colon);
    if (is_nameless) named += "localhost";
    named += trimmed.substr(colon);
  }
  return named;
}

// Java shortens no zeros: "0:0:0:0:0:0:0:1".
std::string java_text(const in6_addr& address) {
  std::string text;
  for (std::size_t at = 0; at < sizeof(address.s6_addr); at += 2) {
    const int group = address.s6_addr[at] << 8 | address.s6_addr[at + 1];
    text += fmt::format("{}{:x}", at == 0 ? "" : ":", group);
  }
  return text;
}

// "localhost/127.0.0.1:9092", "/127.0.0.1:9092", "/[0:0:0:0:0:0:0:1]:9092": an InetSocketAddress,
// of IPv4 where there is a choice.
std::string java_address(const Endpoint& server) {
  ::addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = AF_INET;
  ::addrinfo* found = nullptr;
  int failure = ::getaddrinfo(server.host.c_str(), nullptr, &hints, &found);
  if (failure != 0) {
    hints.ai_family = AF_INET6;
    failure = ::getaddrinfo(server.host.c_str(), nullptr, &hints, &found);
  }
  if (failure != 0) return fmt::format("{}/<unresolved>:{}", server.host, server.port);
  std::array<char, INET_ADDRSTRLEN> v4{};
  std::string address;
  if (found->ai_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(found->ai_addr);
    address = ::inet_ntop(AF_INET, &in->sin_addr, v4.data(), v4.size());
  } else {
    address = java_text(reinterpret_cast<const sockaddr_in6*>(found->ai_addr)->sin6_addr);
  }
  ::freeaddrinfo(found);
  in6_addr typed{};
  const bool is_number =
      server.host == address || ::inet_pton(AF_INET6, server.host.c_str(), &typed) == 1;
  return fmt::format("{}/{}", is_number ? "" : server.host,
                     Endpoint{address, server.port}.to_string());
}

bool can_be_resolved(const Endpoint& server) {
  ::addrinfo* found = nullptr;
  if (::getaddrinfo(server.host.c_str(), nullptr, nullptr, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

void log_no_connection(ToolContext& context, std::string_view who,
                       const std::vector<Endpoint>& servers) {
  std::int64_t node = 0;
  for (const Endpoint& server : servers) {
    context.log("WARN",
                fmt::format("[{}] Connection to node {} ({}) could not be established. Node may "
                            "not be available.",
                            who, --node, java_address(server)),
                kNetworkClient);
  }
}

// The login of `KafkaClient { … };` in the JAAS file that KAFKA_OPTS names.
std::string jaas_of_environment(const Host& host, std::string_view mechanism) {
  const auto options = host.environment.find("KAFKA_OPTS");
  if (options == host.environment.end()) return {};
  for (std::string_view word : split(options->second, ' ')) {
    if (!word.starts_with(kJaasFlag)) continue;
    word.remove_prefix(kJaasFlag.size());
    const auto text = cli::read_file(std::string(word));
    if (text) return login_for(jaas_logins(*text, "KafkaClient"), mechanism);
  }
  return {};
}

}  // namespace

Outcome<JavaProperties> JavaProperties::read(const ClientSettings& settings, const Host& host) {
  JavaProperties result;
  for (const auto& [name, value] : settings.defaults) result.values_[name] = value;
  if (settings.file) {
    result.path_ = *settings.file;
    TRY_ASSIGN(const auto entries, read_java_properties(*settings.file, JavaError::Kind::kParse));
    for (const auto& entry : entries) {
      result.values_[entry.name] = entry.value;
      result.file_values_[entry.name] = entry.value;
    }
  }
  for (const std::string& property : settings.properties) {
    const auto equals = property.find('=');
    const std::string name(trim(std::string_view(property).substr(0, equals)));
    if (equals == 0) {
      return tl::unexpected(JavaError{JavaError::Kind::kParse, "java.lang.IllegalArgumentException",
                                      fmt::format("Invalid command line properties: {}", property),
                                      ErrorKind::kUsage});
    }
    result.values_[name] = equals == std::string::npos ? "" : property.substr(equals + 1);
  }
  if (!result.values_.contains("sasl.jaas.config")) {
    const std::string mechanism = result.find("sasl.mechanism").value_or("GSSAPI");
    const std::string login = jaas_of_environment(host, mechanism);
    if (!login.empty()) result.values_["sasl.jaas.config"] = login;
  }
  if (!settings.bootstrap.empty()) result.values_["bootstrap.servers"] = settings.bootstrap;
  for (const auto& [name, value] : settings.forced) result.values_[name] = value;
  return result;
}

std::optional<std::string> JavaProperties::find(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? std::optional<std::string>() : at->second;
}

std::optional<std::string> JavaProperties::find_in_file(std::string_view name) const {
  const auto at = file_values_.find(name);
  return at == file_values_.end() ? std::optional<std::string>() : at->second;
}

std::int64_t JavaProperties::number_or(std::string_view name, std::int64_t fallback) const {
  const auto text = find(name);
  return text ? parse_int64(trim(*text)).value_or(fallback) : fallback;
}

Outcome<void> JavaProperties::check(JavaClients client, ToolContext& context) const {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : values_) {
    if (auto problem = problem_with_java_config(client, name, value)) {
      return tl::unexpected(JavaError{JavaError::Kind::kParse,
                                      "org.apache.kafka.common.config.ConfigException",
                                      std::move(*problem), ErrorKind::kUsage});
    }
    if (!is_java_config(client, name) && property_info(name) == nullptr) unknown.push_back(name);
  }
  if (client == kProducer) TRY(check_idempotence());
  for (const auto& [name, value] : values_) {
    if (auto problem = problem_with_java_classes(client, name, value)) {
      return not_made(failure_to_make(client), ErrorKind::kUsage,
                      "org.apache.kafka.common.KafkaException: " + *problem);
    }
  }
  if (!unknown.empty()) {
    context.log("WARN",
                fmt::format("These configurations '[{}]' were supplied but are not used yet.",
                            join(unknown, ", ")),
                "org.apache.kafka.common.config.AbstractConfig");
  }
  return {};
}

Outcome<void> JavaProperties::check_idempotence() const {
  constexpr std::int64_t kInFlightMax = 5;
  const auto refused = [](std::string why) {
    return tl::unexpected(JavaError{JavaError::Kind::kParse,
                                    "org.apache.kafka.common.config.ConfigException",
                                    std::move(why), ErrorKind::kUsage});
  };
  const auto asked = find("enable.idempotence");
  const std::string acks = find("acks").value_or("all");
  const std::int64_t in_flight = number_or("max.in.flight.requests.per.connection", kInFlightMax);
  const bool has_retries = number_or("retries", 1) != 0;
  const bool waits_for_all = acks == "all" || acks == "-1";
  const bool is_wanted = !asked || equals_ignore_case(*asked, "true");
  if (is_wanted && asked && !has_retries) {
    return refused("Must set retries to non-zero when using the idempotent producer.");
  }
  if (is_wanted && asked && !waits_for_all) {
    return refused(
        "Must set acks to all in order to use the idempotent producer. Otherwise we cannot "
        "guarantee idempotence.");
  }
  if (is_wanted && in_flight > kInFlightMax) {
    return refused(
        fmt::format("To use the idempotent producer, max.in.flight.requests.per.connection must be "
                    "set to at most 5. Current value is {}.",
                    in_flight));
  }
  if (find("transactional.id") && !(is_wanted && has_retries && waits_for_all)) {
    return refused("Cannot set a transactional.id without also enabling idempotence.");
  }
  return {};
}

bool JavaProperties::lacks_login() const {
  const std::string protocol = to_lower(trim(find("security.protocol").value_or("")));
  const bool is_sasl = protocol.starts_with("sasl_");
  const std::string mechanism = find("sasl.mechanism").value_or("GSSAPI");
  const bool by_password = mechanism == "PLAIN" || mechanism.starts_with("SCRAM-");
  return is_sasl && by_password && !find("sasl.jaas.config") && !find("sasl.username");
}

Outcome<ClientConfig> JavaProperties::client_config(std::string_view failure) const {
  const std::string servers = find("bootstrap.servers").value_or("");
  for (const std::string_view url : split(servers, ',')) {
    if (is_bootstrap_url(trim(url))) continue;
    return not_made(failure, ErrorKind::kUsage,
                    config_exception(fmt::format("Invalid url in bootstrap.servers: {}", url)));
  }
  if (lacks_login()) return not_made(failure, ErrorKind::kUsage, std::string(kNoLogin));
  std::vector<cli::IniEntry> entries;
  for (const auto& [name, value] : values_) {
    entries.push_back({name, name == "bootstrap.servers" ? with_hosts(value) : value, 0});
  }
  const auto translated = cli::translate_java(entries, path_);
  if (!translated) {
    return not_made(failure, translated.error().kind(),
                    config_exception(translated.error().message()));
  }
  std::map<std::string, std::string> properties;
  for (const auto& entry : *translated) {
    const PropertyInfo* info = property_info(entry.name);
    if (info != nullptr) properties[std::string(info->canonical)] = entry.value;
  }
  auto config = ClientConfig::from_properties(std::move(properties));
  if (!config) {
    return not_made(failure, config.error().kind(), config_exception(config.error().message()));
  }
  if (std::ranges::none_of(config->bootstrap_servers, can_be_resolved)) {
    return not_made(failure, ErrorKind::kUnreachable,
                    config_exception("No resolvable bootstrap urls given in bootstrap.servers"));
  }
  return *config;
}

Outcome<ToolAdmin> ToolAdmin::make(const ClientSettings& settings, ToolContext& context,
                                   JavaClients client) {
  TRY_ASSIGN(const JavaProperties properties, JavaProperties::read(settings, context.host()));
  if (client != kEveryClient) TRY(properties.check(client, context));
  TRY_ASSIGN(ClientConfig config,
             properties.client_config("Failed to create new KafkaAdminClient"));
  const std::int64_t timeout_ms = properties.number_or("default.api.timeout.ms", kApiTimeoutMs);
  config.timeout_ms = timeout_ms;
  return ToolAdmin(std::move(config), timeout_ms, context);
}

void warn_of_no_broker(ToolContext& context, std::string_view who,
                       const std::vector<Endpoint>& servers) {
  log_no_connection(context, who, servers);
  std::int64_t node = 0;
  for (const Endpoint& server : servers) {
    context.log("WARN",
                fmt::format("[{}] Bootstrap broker {} (id: {} rack: null isFenced: false) "
                            "disconnected",
                            who, server.to_string(), --node),
                kNetworkClient);
  }
  context.host().streams.err.flush_now();
}

Outcome<AdminClient*> ToolAdmin::connect(std::string_view call) {
  if (admin_) return admin_.get();
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms_);
  std::int64_t pause_ms = kPauseMinMs;
  while (true) {
    ClientConfig attempt = config_;
    const std::int64_t left_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    attempt.timeout_ms = std::clamp<std::int64_t>(left_ms, 1, kAttemptMs);
    // What is set up with the whole time serves the calls; a short attempt only finds the broker.
    if (auto probe = AdminClient::connect(attempt)) {
      auto admin = AdminClient::connect(config_);
      if (admin) {
        admin_ = std::move(*admin);
        return admin_.get();
      }
      return tl::unexpected(java_error(admin.error(), call));
    } else if (probe.error().kind() != ErrorKind::kUnreachable) {
      return tl::unexpected(java_error(probe.error(), call));
    } else if (probe.error().message().starts_with("cannot resolve")) {
      return not_made("Failed to create new KafkaAdminClient", ErrorKind::kUnreachable,
                      config_exception("No resolvable bootstrap urls given in bootstrap.servers"));
    }
    log_no_connection(*context_, "AdminClient clientId=adminclient-1", config_.bootstrap_servers);
    if (Clock::now() + std::chrono::milliseconds(pause_ms) >= until) {
      return tl::unexpected(java_error(Error(ErrorKind::kUnreachable, ""), call));
    }
    context_->host().streams.err.flush_now();
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    pause_ms = std::min(pause_ms * 2, kPauseMaxMs);
  }
}

Outcome<std::optional<std::string>> command_config(const Options& options,
                                                   std::string_view old_name) {
  return options.value(options.has("command-config") ? "command-config" : old_name);
}

std::vector<std::string> command_properties(const Options& options, std::string_view old_name) {
  return options.values(options.has("command-property") ? "command-property" : old_name);
}

Outcome<ToolAdmin> admin_of(const Options& options, ToolContext& context) {
  ClientSettings settings;
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", ""));
  TRY_ASSIGN(settings.file, options.value("command-config"));
  return ToolAdmin::make(settings, context);
}

}  // namespace kreel::kafka_tools
