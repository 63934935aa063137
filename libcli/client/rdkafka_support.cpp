#include "client/rdkafka_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "client/error_text.hpp"
#include "client/kerberos_ticket.hpp"
#include "security/system_roots.hpp"

namespace kreel::client {
namespace {

std::string_view canonical(std::string_view name) {
  const PropertyInfo* info = property_info(name);
  return info == nullptr ? name : info->canonical;
}

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> text{};
  switch (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size())) {
    case RD_KAFKA_CONF_OK:
      return {};
    case RD_KAFKA_CONF_UNKNOWN: {
      Error error(ErrorKind::kUsage, fmt::format("unknown property \"{}\"", escape_control(name)));
      const auto near = nearest(name, known_property_names());
      if (!near) return fail(std::move(error));
      return fail(std::move(error).with_hint(fmt::format("did you mean \"{}\"?", *near)));
    }
    default:
      return fail(ErrorKind::kUsage,
                  fmt::format("property {}: {}", name, describe_refused_value(text.data())));
  }
}

}  // namespace

bool user_set(const ClientConfig& config, std::string_view name) {
  return std::ranges::any_of(config.properties, [name](const auto& property) {
    return canonical(property.first) == canonical(name);
  });
}

std::string user_value(const ClientConfig& config, std::string_view name,
                       std::string_view otherwise) {
  for (const auto& [key, value] : config.properties) {
    if (canonical(key) == canonical(name)) return value;
  }
  return std::string(otherwise);
}

Result<RdConf> make_rd_conf(const ClientConfig& config, const RdSettings& defaults,
                            const RdSettings& fixed) {
  RdConf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : defaults) {
    if (!user_set(config, name)) TRY(set(conf.get(), std::string(name), value));
  }
  for (const auto& [name, value] : config.properties) {
    const bool ours = name.starts_with("kreel.") || canonical(name) == "bootstrap.servers";
    if (!ours) TRY(set(conf.get(), name, value));
  }
  const bool trusts_system = has_tls(config.security_protocol) &&
                             !user_set(config, "ssl.ca.location") &&
                             !user_set(config, "ssl.ca.pem");
  if (trusts_system) {
    if (const auto roots = security::system_roots_elsewhere()) {
      TRY(set(conf.get(), "ssl.ca.location", *roots));
    }
  }
  if (has_sasl(config.security_protocol) && !user_set(config, "sasl.kerberos.kinit.cmd")) {
    const auto [name, value] = kinit_setting(config);
    TRY(set(conf.get(), std::string(name), value));
  }
  std::string servers;
  for (const Endpoint& server : config.bootstrap_servers) {
    servers += servers.empty() ? "" : ",";
    servers += server.to_string();
  }
  TRY(set(conf.get(), "bootstrap.servers", servers));
  TRY(set(conf.get(), "client.id", config.client_id));
  for (const auto& [name, value] : fixed) TRY(set(conf.get(), std::string(name), value));
  return conf;
}

std::optional<std::string> rd_value(const rd_kafka_conf_t* conf, std::string_view name) {
  const std::string property(name);
  std::size_t size = 0;
  if (rd_kafka_conf_get(conf, property.c_str(), nullptr, &size) != RD_KAFKA_CONF_OK) {
    return std::nullopt;
  }
  std::string value(size, '\0');
  if (rd_kafka_conf_get(conf, property.c_str(), value.data(), &size) != RD_KAFKA_CONF_OK) {
    return std::nullopt;
  }
  value.resize(std::min(value.find('\0'), value.size()));
  return value;
}

std::int64_t rd_number(const rd_kafka_conf_t* conf, std::string_view name) {
  return parse_int64(rd_value(conf, name).value_or("")).value_or(0);
}

bool is_lost_connection(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE ||
         code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
}

Error describe_rd_error(rd_kafka_resp_err_t code, std::string_view text, const std::string& about,
                        std::string_view operation, const std::string& user) {
  // The broker's own codes are those of the protocol.
  if (code > 0) {
    const auto protocol_code = static_cast<protocol::ErrorCode>(code);
    const bool of_group = code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
    Subject subject =
        of_group ? Subject::group(about, operation) : Subject::topic(about, operation);
    return describe_error(protocol_code, std::move(subject).by(user), std::string(text));
  }
  // A text that says no more than the code.
  const bool bare = text == rd_kafka_err2str(code);
  const std::string words = bare ? describe_rd_code(code) : escape_control(text);
  switch (code) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      return not_found("topic", about, {});
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      return Error(ErrorKind::kAuthentication, words);
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
      return Error(ErrorKind::kUnreachable, words);
    default:
      return Error(ErrorKind::kFailed, words);
  }
}

}  // namespace kreel::client
