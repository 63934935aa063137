#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/wire_writer.hpp"

namespace kreel::broker {

class RecentDecisions;
class SaslExchange;

/// Who has not shown who he is, as in Kafka.
inline constexpr std::string_view kAnonymous = "User:ANONYMOUS";

/// What the broker knows of one client connection. Lives on its io thread.
struct ConnectionInfo {
  std::uint64_t id = 0;
  std::string peer_host;      ///< "127.0.0.1"
  std::string peer_address;   ///< "127.0.0.1:51322", for log lines
  std::string local_host;     ///< the address that the client has connected to
  std::string listener_name;  ///< "PLAINTEXT"
  /// From ApiVersions v3 (KIP-511); "unknown" before.
  std::string client_software_name = "unknown";
  std::string client_software_version = "unknown";
  /// Who it is, by its certificate or by SASL.
  std::string principal{kAnonymous};
  /// Null where SASL is not asked for.
  std::shared_ptr<SaslExchange> sasl{};
  /// Null until its first request, and where there is no authorizer.
  std::shared_ptr<RecentDecisions> decisions{};
  /// Why it ends once its last answer is sent; empty: it goes on.
  std::string refused{};
};

/// Where the replies of one connection go. Requests are numbered in the order in which they were
/// read, and replies leave in that order. Everything on the connection's io thread but is_closed().
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  /// `frame` begins with the int32 size.
  virtual void reply(std::uint64_t request_number, protocol::WireParts frame) = 0;
  /// The request has no reply (Produce with acks=0).
  virtual void no_reply(std::uint64_t request_number) = 0;
  /// A quota is exceeded: no request after this one is started for so long (KIP-219). Comes before
  /// the answer, or instead of it.
  virtual void throttle(std::uint64_t request_number, std::int32_t for_ms) = 0;
  /// Until go_on(), or its answer, no request after this one is started: it would overtake this
  /// one.
  virtual void hold(std::uint64_t /*request_number*/) {}
  virtual void go_on(std::uint64_t /*request_number*/) {}
  /// Closes the connection; one rate-limited log line says why.
  virtual void close(const std::string& why) = 0;
  /// From any thread.
  virtual bool is_closed() const = 0;
};

}  // namespace kreel::broker
