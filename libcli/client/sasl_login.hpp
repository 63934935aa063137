#pragma once

#include <memory>

#include "base/result.hpp"
#include "client/connection.hpp"
#include "client/transport.hpp"
#include "kreel/client_config.hpp"
#include "security/sasl.hpp"

namespace kreel::client {

/// What the sasl.* properties say: the client's side of one login at `host`. kUsage for a mechanism
/// that this client does not speak, and for a login without a user or a password.
Result<std::unique_ptr<security::SaslClient>> make_sasl_client(const ClientConfig& config,
                                                               const std::string& host);

/// Another connector with a login on top.
class SaslConnector final : public Connector {
 public:
  SaslConnector(std::unique_ptr<Connector> below, const ClientConfig& config)
      : below_(std::move(below)), config_(config) {}
  Result<std::unique_ptr<Transport>> connect(const Endpoint& endpoint,
                                             const Deadline& deadline) override {
    return below_->connect(endpoint, deadline);
  }
  Result<std::unique_ptr<security::SaslClient>> new_login(const Endpoint& endpoint) override {
    return make_sasl_client(config_, endpoint.host);
  }

 private:
  std::unique_ptr<Connector> below_;
  ClientConfig config_;
};

/// "h:9092 asks for SASL: PLAIN, SCRAM-SHA-512", if that is why it closed a connection.
std::optional<Error> asks_for_sasl(Connector& connector, const Endpoint& endpoint,
                                   const std::string& client_id, const Deadline& deadline);

/// "broker offers PLAIN; not SCRAM-SHA-512", or that it asks for no SASL at all.
Result<void> agree_on_mechanism(Connection& connection, const std::string& mechanism,
                                const Deadline& deadline);

/// Shows who this client is: how long that holds, in ms; 0 for as long as the connection.
/// kAuthentication: "authentication failed for user …".
Result<std::int64_t> log_in(Connection& connection, security::SaslClient& client,
                            const Deadline& deadline);

}  // namespace kreel::client
