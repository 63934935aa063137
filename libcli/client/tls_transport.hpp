#pragma once

#include <memory>

#include "base/result.hpp"
#include "client/tcp.hpp"
#include "client/tls_client.hpp"
#include "client/transport.hpp"
#include "security/openssl.hpp"
#include "security/verification.hpp"

namespace kreel::client {

/// A TLS session over a socket of its own. After an error it is not used any more.
class TlsTransport final : public Transport {
 public:
  TlsTransport(Descriptor socket, const TlsClient& client, Endpoint endpoint);

  /// kUnreachable when nobody answers or somebody else than Kafka does; kAuthentication: "h:9092
  /// does not speak TLS", or what is wrong with which certificate.
  Result<void> shake_hands(const Deadline& deadline);

  Result<void> send(ByteView bytes, const Deadline& deadline) override;
  Result<std::size_t> receive(MutableByteView into, const Deadline& deadline) override;
  bool readable(const Deadline& deadline) override;
  bool has_tls() const override { return true; }

  SSL* session() const { return session_.get(); }

 private:
  static int on_verify(int accepted, X509_STORE_CTX* context);
  Result<void> expect_tls(const Deadline& deadline);
  bool has_read() const;
  Error handshake_error(int ssl_error, int error_number);
  Error session_error(int ssl_error, int error_number);
  Error alert_error(int reason) const;
  /// Waits for what OpenSSL needs; false at the deadline.
  bool wait_for_ssl(int ssl_error, const Deadline& deadline) const;

  Descriptor socket_;
  Endpoint endpoint_;
  security::TlsPtr session_;
  security::VerifyFailure failure_;
  bool has_identity_ = false;
};

}  // namespace kreel::client
