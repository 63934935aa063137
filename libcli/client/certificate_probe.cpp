#include <fmt/format.h>
#include <sys/socket.h>

#include "client/tls_client.hpp"
#include "client/tls_transport.hpp"
#include "kreel/certs.hpp"
#include "security/certificate_review.hpp"
#include "security/certificate_text.hpp"
#include "security/pem.hpp"

namespace kreel::client {
namespace {

/// How long a server that asks for a certificate has to say that it insists.
constexpr std::int64_t kInsistMs = 1'000;

struct Probe {
  security::Certificates chain;
  std::string session;  ///< "TLSv1.3, TLS_AES_256_GCM_SHA384"
  bool asks_for_certificate = false;
  std::optional<Error> refusal;  ///< what it says without the certificate that it wants
};

int on_asked_for_certificate(SSL* session, void* asked) {
  // Called, too, when there is one to send.
  *static_cast<bool*>(asked) = true;
  (void)session;
  return 1;
}

Result<Probe> probe(const Endpoint& server, const ClientConfig& config) {
  ClientConfig blind = config;
  // What is wrong with the chain is explained afterwards, all of it.
  blind.properties["enable.ssl.certificate.verification"] = "false";
  TRY_ASSIGN(const TlsClient client, make_tls_client(blind));
  Probe found;
  ::SSL_CTX_set_cert_cb(client.context.get(), on_asked_for_certificate,
                        &found.asks_for_certificate);
  const Deadline deadline = Deadline::in_ms(config.timeout_ms);
  TRY_ASSIGN(const Addresses addresses, Addresses::resolve(server, config.address_family));
  TRY_ASSIGN(Descriptor socket, connect_tcp(addresses, server, deadline));
  TlsTransport transport(std::move(socket), client, server);
  auto shaken = transport.shake_hands(deadline);
  SSL* session = transport.session();
  STACK_OF(X509)* sent = ::SSL_get_peer_cert_chain(session);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    found.chain.push_back(security::share(sk_X509_value(sent, i)));
  }
  if (found.chain.empty()) {
    if (!shaken) return fail(std::move(shaken).error());
    return fail(ErrorKind::kAuthentication,
                fmt::format("{} sends no certificate", server.to_string()));
  }
  found.session = fmt::format("{}, {}", ::SSL_get_version(session), ::SSL_get_cipher_name(session));
  if (!shaken) {
    found.refusal = std::move(shaken).error();
  } else if (found.asks_for_certificate && transport.readable(deadline.at_most_ms(kInsistMs))) {
    // With TLS 1.3 the verdict on the client comes after the handshake.
    std::byte ignored{};
    auto told = transport.receive(MutableByteView(&ignored, 1), deadline.at_most_ms(kInsistMs));
    if (!told && told.error().kind() == ErrorKind::kAuthentication) {
      found.refusal = std::move(told).error().with_context(server.to_string());
    }
  }
  return found;
}

}  // namespace
}  // namespace kreel::client

namespace kreel::certs {

Result<Report> check_server(const Endpoint& server, const ClientConfig& config,
                            const CheckOptions& options) {
  TRY_ASSIGN(const auto found, client::probe(server, config));
  security::Certificates trusted;
  if (!options.trusted_pem.empty()) {
    TRY_ASSIGN(trusted, security::read_certificates(options.trusted_pem));
  }
  security::Review review({.trusted = options.trusted_pem.empty() ? nullptr : &trusted,
                           .host = options.host.empty() ? server.host : options.host,
                           .now_ms = options.now_ms,
                           .warn_ms = options.warn_ms});
  review.note("protocol", server.to_string(), found.session);
  review.examine(found.chain);
  if (found.refusal) {
    review.refuse("client", server.to_string(), *found.refusal);
  } else if (found.asks_for_certificate) {
    review.note("client", server.to_string(), "asks for a client certificate");
  }
  return std::move(review).take();
}

}  // namespace kreel::certs
