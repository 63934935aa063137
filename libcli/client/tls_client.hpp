#pragma once

#include <memory>

#include "base/result.hpp"
#include "client/transport.hpp"
#include "kreel/client_config.hpp"
#include "security/openssl.hpp"

namespace kreel::client {

/// What the properties of librdkafka's names (ssl.*) say of TLS.
struct TlsClient {
  security::TlsContextPtr context;
  bool verifies = true;
  bool verifies_host = true;
};
/// kUsage names the property, or the file that it names.
Result<TlsClient> make_tls_client(const ClientConfig& config);

/// TCP with TLS on top. Errors of the handshake are kAuthentication and say what to change.
class TlsConnector final : public Connector {
 public:
  TlsConnector(TlsClient client, AddressFamily family)
      : client_(std::move(client)), family_(family) {}
  Result<std::unique_ptr<Transport>> connect(const Endpoint& endpoint,
                                             const Deadline& deadline) override;

 private:
  TlsClient client_;
  AddressFamily family_;
};

/// The connector that `config` asks for. kUsage for what this client cannot do.
Result<std::unique_ptr<Connector>> make_connector(const ClientConfig& config);

}  // namespace kreel::client
