#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// A host name or address, and a port. IPv6 addresses are kept without brackets.
struct Endpoint {
  std::string host;
  std::uint16_t port = 9092;

  auto operator<=>(const Endpoint&) const = default;
  bool operator==(const Endpoint&) const = default;
  /// "h:9092", "[::1]:9092".
  KREEL_API std::string to_string() const;
  /// "h", "h:9092", "[::1]:9092", with or without "PLAINTEXT://" in front. ErrorKind::kUsage.
  KREEL_API static Result<Endpoint> parse(std::string_view text);
};

enum class SecurityProtocol { kPlaintext, kSsl, kSaslPlaintext, kSaslSsl };

/// "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL".
KREEL_API std::string_view to_string(SecurityProtocol protocol);

inline bool has_tls(SecurityProtocol protocol) {
  return protocol == SecurityProtocol::kSsl || protocol == SecurityProtocol::kSaslSsl;
}
inline bool has_sasl(SecurityProtocol protocol) {
  return protocol == SecurityProtocol::kSaslPlaintext || protocol == SecurityProtocol::kSaslSsl;
}

enum class AddressFamily { kAny, kV4, kV6 };

/// How to reach a cluster, by librdkafka's property names. A value type.
struct ClientConfig {
  std::vector<Endpoint> bootstrap_servers{Endpoint{"127.0.0.1", 9092}};
  std::string client_id = "kreel";
  SecurityProtocol security_protocol = SecurityProtocol::kPlaintext;
  AddressFamily address_family = AddressFamily::kAny;
  /// For one whole admin call with its retries, connecting included.
  std::int64_t timeout_ms = 10'000;
  /// Everything as it was given, for librdkafka; the fields above come from here.
  std::map<std::string, std::string> properties;

  /// Understands bootstrap.servers, metadata.broker.list, client.id, security.protocol,
  /// broker.address.family and socket.timeout.ms; keeps all others for librdkafka, which checks
  /// them when a producer or a consumer opens. Keys that start with "kreel." are not passed on.
  /// ErrorKind::kUsage on a malformed value.
  KREEL_API static Result<ClientConfig> from_properties(
      std::map<std::string, std::string> properties);
};

enum class PropertyScope {
  kGlobal,    ///< every client, admin clients included
  kProducer,  ///< producers alone
  kConsumer   ///< consumers alone
};

/// A client property of librdkafka that can be set from text.
struct PropertyInfo {
  std::string_view name;
  std::string_view canonical;  ///< the one of several names that mean the same
  PropertyScope scope;
  bool secret;
};

/// What librdkafka knows under this name; nullptr for an unknown one. "topic." before a known name
/// is accepted, as kcat does.
KREEL_API const PropertyInfo* property_info(std::string_view name);
/// All of their names, sorted: for "did you mean".
KREEL_API std::vector<std::string> known_property_names();

}  // namespace kreel
