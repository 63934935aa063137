#include "client/tls_transport.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "client/stranger.hpp"
#include "security/socket_bio.hpp"

namespace kreel::client {
namespace {

constexpr int kFailureSlot = 0;  // of SSL_set_ex_data
constexpr int kRecordStartBytes = 4;
constexpr std::int64_t kRecordStartMs = 500;

bool is_address_literal(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// The socket is readable once so many bytes are there, or no more will come.
void set_low_water(int socket, int bytes) {
  ::setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

Error unreachable(std::string text) {
  return Error(ErrorKind::kUnreachable, std::move(text));
}

}  // namespace

TlsTransport::TlsTransport(Descriptor socket, const TlsClient& client, Endpoint endpoint)
    : socket_(std::move(socket)),
      endpoint_(std::move(endpoint)),
      session_(::SSL_new(client.context.get())),
      has_identity_(::SSL_CTX_get0_certificate(client.context.get()) != nullptr) {
  SSL* session = session_.get();
  BIO* bio = security::make_socket_bio(socket_.get()).release();
  ::SSL_set_bio(session, bio, bio);
  const bool literal = is_address_literal(endpoint_.host);
  if (!literal) {
    ::SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               endpoint_.host.data());
  }
  if (client.verifies_host) {
    X509_VERIFY_PARAM* wanted = ::SSL_get0_param(session);
    if (literal) {
      ::X509_VERIFY_PARAM_set1_ip_asc(wanted, endpoint_.host.c_str());
    } else {
      ::X509_VERIFY_PARAM_set1_host(wanted, endpoint_.host.c_str(), 0);
    }
  }
  if (client.verifies) {
    ::SSL_set_ex_data(session, kFailureSlot, &failure_);
    ::SSL_set_verify(session, SSL_VERIFY_PEER, on_verify);
  }
}

// Keeps the first thing that is wrong: OpenSSL itself remembers the last.
int TlsTransport::on_verify(int accepted, X509_STORE_CTX* context) {
  if (accepted == 1) return 1;
  auto* session = static_cast<SSL*>(
      ::X509_STORE_CTX_get_ex_data(context, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* failure = static_cast<security::VerifyFailure*>(::SSL_get_ex_data(session, kFailureSlot));
  if (failure->code == 0) {
    *failure = security::failure_of(::X509_STORE_CTX_get_error(context),
                                    ::X509_STORE_CTX_get_current_cert(context));
  }
  return 0;
}

bool TlsTransport::wait_for_ssl(int ssl_error, const Deadline& deadline) const {
  const short events = ssl_error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
  return wait_for(socket_.get(), events, deadline);
}

/// The first bytes of the answer tell other protocols apart, before OpenSSL eats them.
Result<void> TlsTransport::expect_tls(const Deadline& deadline) {
  if (!wait_for(socket_.get(), POLLIN, deadline)) {
    return fail(unreachable(no_answer_text(deadline)));
  }
  // They may come one by one; who sends fewer and stays speaks no TLS and is not worth the wait.
  set_low_water(socket_.get(), kRecordStartBytes);
  wait_for(socket_.get(), POLLIN, deadline.at_most_ms(kRecordStartMs));
  set_low_water(socket_.get(), 1);
  std::array<std::byte, kRecordStartBytes> start{};
  const ssize_t got = ::recv(socket_.get(), start.data(), start.size(), MSG_PEEK);
  if (got <= 0) return {};  // the handshake tells
  if (got < static_cast<ssize_t>(start.size())) return fail(handshake_error(SSL_ERROR_SYSCALL, 0));
  if (is_tls_record(start)) return {};
  if (auto stranger = recognize_stranger(start, endpoint_)) return fail(std::move(*stranger));
  return fail(not_tls(endpoint_));
}

Result<void> TlsTransport::shake_hands(const Deadline& deadline) {
  bool heard = false;
  while (true) {
    ::ERR_clear_error();
    errno = 0;
    const int result = ::SSL_connect(session_.get());
    if (result == 1) return {};
    const int error_number = errno;
    const int error = ::SSL_get_error(session_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      return fail(handshake_error(error, error_number));
    }
    if (!wait_for_ssl(error, deadline)) {
      return fail(unreachable(fmt::format("{}: {} to the TLS handshake", endpoint_.to_string(),
                                          no_answer_text(deadline))));
    }
    if (error == SSL_ERROR_WANT_READ && !heard) {
      heard = true;
      if (!has_read()) TRY(expect_tls(deadline));
    }
  }
}

/// OpenSSL has bytes of the other side, of which no look at the socket knows any more.
bool TlsTransport::has_read() const {
  return ::BIO_number_read(::SSL_get_rbio(session_.get())) > 0;
}

Error TlsTransport::handshake_error(int ssl_error, int error_number) {
  if (failure_.code != 0) {
    ::ERR_clear_error();
    return security::explain(failure_, endpoint_.host).with_context(endpoint_.to_string());
  }
  const bool hung_up = ssl_error == SSL_ERROR_SYSCALL || ssl_error == SSL_ERROR_ZERO_RETURN;
  if (hung_up && !has_read()) return not_tls(endpoint_);
  return session_error(ssl_error, error_number).with_context(endpoint_.to_string());
}

Error TlsTransport::alert_error(int reason) const {
  const auto make = [](std::string message, std::string hint) {
    return Error(ErrorKind::kAuthentication, std::move(message), std::move(hint));
  };
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      if (has_identity_) break;
      return make("the broker asks for a client certificate, and there is none",
                  "ssl.certificate.location and ssl.key.location, or ssl.keystore.location, name "
                  "it");
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: {
      X509* own = ::SSL_get_certificate(session_.get());
      const auto given = security::failure_of(0, own);
      if (own != nullptr && ::X509_check_purpose(own, X509_PURPOSE_SSL_CLIENT, 0) != 1) {
        return make(fmt::format("the broker does not accept the certificate {}: it is not a "
                                "client's, its usages lack clientAuth",
                                given.subject),
                    "kreel certs gen --client NAME makes one");
      }
      return make(fmt::format("the broker does not accept the client certificate {}, signed by {}",
                              given.subject, given.issuer),
                  "the broker's truststore needs that authority");
    }
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return make("the broker says that the client certificate has expired", "renew it");
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return make("no version of TLS in common", "kreel speaks TLS 1.2 and 1.3");
    default:
      break;
  }
  const char* text = ::ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, reason));
  return Error(ErrorKind::kAuthentication,
               fmt::format("TLS failed: {}", text == nullptr ? "unknown reason" : text));
}

Error TlsTransport::session_error(int ssl_error, int error_number) {
  if (ssl_error == SSL_ERROR_SSL) {
    const int code = ERR_GET_REASON(::ERR_peek_error());
    ::ERR_clear_error();
    return alert_error(code);
  }
  ::ERR_clear_error();
  if (error_number != 0) return unreachable(reason(error_number));
  return unreachable("the connection was closed");
}

Result<void> TlsTransport::send(ByteView bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    ::ERR_clear_error();
    errno = 0;
    std::size_t sent = 0;
    const int result = ::SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent);
    if (result == 1) {
      bytes = bytes.subspan(sent);
      continue;
    }
    const int error_number = errno;
    const int error = ::SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      if (wait_for_ssl(error, deadline)) continue;
      return fail(unreachable(no_answer_text(deadline)));
    }
    // The reason why the other side hung up may have come before: an alert.
    std::byte ignored{};
    auto told = receive(MutableByteView(&ignored, 1), deadline.at_most_ms(100));
    if (!told && told.error().kind() == ErrorKind::kAuthentication) {
      return fail(std::move(told).error());
    }
    return fail(session_error(error, error_number));
  }
  return {};
}

Result<std::size_t> TlsTransport::receive(MutableByteView into, const Deadline& deadline) {
  while (true) {
    ::ERR_clear_error();
    errno = 0;
    std::size_t got = 0;
    const int result = ::SSL_read_ex(session_.get(), into.data(), into.size(), &got);
    if (result == 1) return got;
    const int error_number = errno;
    const int error = ::SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    if (error == SSL_ERROR_SYSCALL && error_number == 0) {
      ::ERR_clear_error();
      return std::size_t{0};
    }
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      return fail(session_error(error, error_number));
    }
    if (!wait_for_ssl(error, deadline)) return fail(unreachable(no_answer_text(deadline)));
  }
}

bool TlsTransport::readable(const Deadline& deadline) {
  return ::SSL_pending(session_.get()) > 0 || wait_for(socket_.get(), POLLIN, deadline);
}

Result<std::unique_ptr<Transport>> TlsConnector::connect(const Endpoint& endpoint,
                                                         const Deadline& deadline) {
  TRY_ASSIGN(const Addresses addresses, Addresses::resolve(endpoint, family_));
  TRY_ASSIGN(Descriptor socket, connect_tcp(addresses, endpoint, deadline));
  auto transport = std::make_unique<TlsTransport>(std::move(socket), client_, endpoint);
  TRY(transport->shake_hands(deadline));
  return transport;
}

}  // namespace kreel::client
