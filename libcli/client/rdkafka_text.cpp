#include "client/rdkafka_text.hpp"

#include <cctype>

#include "base/text.hpp"

namespace kreel::client {
namespace {

constexpr std::string_view kLocal = "Local: ";
constexpr std::string_view kBroker = "Broker: ";

// As a part of a sentence: "Connection refused" but not "SSL handshake failed".
std::string uncapitalized(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::string result = escape_control(trim(text));
  const bool is_word = text.size() > 1 && std::isupper(byte(0)) != 0 && std::islower(byte(1)) != 0;
  if (is_word) result[0] = static_cast<char>(std::tolower(byte(0)));
  return result;
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

// "sasl_ssl://h1:9093/bootstrap" is h1:9093.
std::string_view address_of(std::string_view broker) {
  if (const auto scheme = broker.find("://"); scheme != std::string_view::npos) {
    broker.remove_prefix(scheme + 3);
  }
  return broker.substr(0, broker.find('/'));
}

std::string describe_failure(std::string_view text) {
  constexpr std::string_view kFailed = " failed: ";
  constexpr std::string_view kResolve = "Failed to resolve ";
  if (text.starts_with("Connect to ")) {
    const auto at = text.find(kFailed);
    if (at != std::string_view::npos) return uncapitalized(text.substr(at + kFailed.size()));
  }
  if (text.starts_with(kResolve)) {
    const auto at = text.rfind(": ");
    const std::string why = at == std::string_view::npos ? "" : to_lower(text.substr(at + 2));
    return "cannot resolve the name" + (why.empty() ? why : ": " + why);
  }
  if (text == "Disconnected") return "the broker closed the connection";
  return uncapitalized(text);
}

}  // namespace

std::string describe_rd_code(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
      return "not sent";
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
      return "sent, but not acknowledged";
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
      return "not acknowledged within message.timeout.ms";
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return "no answer in time";
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
      return "not sent in time";
    case RD_KAFKA_RESP_ERR__TRANSPORT:
      return "the connection to the broker is lost";
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return "no broker can be reached";
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return "cannot resolve the broker's name";
    default:
      break;
  }
  const std::string_view text = rd_kafka_err2str(code);
  return uncapitalized(without_prefix(without_prefix(text, kLocal), kBroker));
}

std::string describe_connection(std::string_view reason) {
  reason = reason.substr(0, reason.find(" (after "));
  // A broker in its role has its address behind the name of the role.
  reason = without_prefix(reason, "GroupCoordinator: ");
  reason = without_prefix(reason, "TxnCoordinator: ");
  const auto colon = reason.find(": ");
  if (colon == std::string_view::npos) {
    return reason.ends_with(" brokers are down")
               ? describe_rd_code(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
               : uncapitalized(reason);
  }
  const std::string_view address = address_of(reason.substr(0, colon));
  // It looks for "[::1]" among the names of the certificate.
  const bool is_unverified = reason.find("certificate verify failed") != std::string_view::npos;
  if (address.starts_with('[') && is_unverified) {
    return escape_control(address) +
           ": its certificate was not verified: librdkafka knows no IPv6 addresses in "
           "certificates, "
           "connect by a name; or its CA is not trusted";
  }
  return escape_control(address) + ": " + describe_failure(reason.substr(colon + 2));
}

std::string describe_refused_value(std::string_view text) {
  constexpr std::string_view kBegin = "Configuration property \"";
  constexpr std::string_view kEnd = " for configuration property \"";
  text = trim(text);
  if (text.starts_with(kBegin)) {
    const auto quote = text.find("\" ", kBegin.size());
    if (quote != std::string_view::npos) text.remove_prefix(quote + 2);
  }
  if (const auto at = text.find(kEnd); at != std::string_view::npos) {
    const auto quote = text.find('"', at + kEnd.size());
    const std::string_view rest = quote == std::string_view::npos ? "" : text.substr(quote + 1);
    return uncapitalized(text.substr(0, at)) + escape_control(rest);
  }
  return uncapitalized(text);
}

}  // namespace kreel::client
