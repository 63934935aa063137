#include "client/stranger.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>

namespace kreel::client {
namespace {

// Whoever answers does so at once, unless the machine has much else to do.
constexpr std::int64_t kPatienceMs = 4'000;
constexpr std::int64_t kLookMs = 20;
constexpr std::size_t kStartBytes = 4;

/// The first message of a TLS handshake, as OpenSSL writes it.
Bytes client_hello(std::string host) {
  const std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(
      ::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free);
  if (!context) return {};
  const std::unique_ptr<SSL, decltype(&::SSL_free)> session(::SSL_new(context.get()), ::SSL_free);
  BIO* from_server = ::BIO_new(::BIO_s_mem());
  BIO* to_server = ::BIO_new(::BIO_s_mem());
  ::SSL_set_bio(session.get(), from_server, to_server);
  ::SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
  ::SSL_connect(session.get());  // cannot finish: nobody answers
  Bytes hello(BIO_ctrl_pending(to_server));
  ::BIO_read(to_server, hello.data(), static_cast<int>(hello.size()));
  return hello;
}

/// A connection on which `words` were said; null when it cannot be had.
std::unique_ptr<Transport> say(Connector& connector, const Endpoint& endpoint, ByteView words,
                               const Deadline& deadline) {
  auto transport = connector.connect(endpoint, deadline);
  if (!transport || !(*transport)->send(words, deadline)) return nullptr;
  return std::move(*transport);
}

/// The first four bytes of the answer.
std::optional<std::array<std::byte, kStartBytes>> hear(Transport* transport,
                                                       const Deadline& deadline) {
  if (transport == nullptr) return std::nullopt;
  std::array<std::byte, kStartBytes> start{};
  MutableByteView rest(start);
  while (!rest.empty()) {
    const auto got = transport->receive(rest, deadline);
    if (!got || *got == 0) return std::nullopt;
    rest = rest.subspan(*got);
  }
  return start;
}

Error tls_error(const Endpoint& endpoint) {
  return Error(ErrorKind::kAuthentication, fmt::format("{} speaks TLS", endpoint.to_string()),
               "--tls");
}

}  // namespace

// Its type, then version 3.x.
bool is_tls_record(ByteView start) {
  const auto type = std::to_integer<int>(start[0]);
  return type >= 20 && type <= 23 && std::to_integer<int>(start[1]) == 3;
}

Error not_tls(const Endpoint& endpoint) {
  return Error(ErrorKind::kAuthentication,
               fmt::format("{} does not speak TLS", endpoint.to_string()),
               "connect to the TLS listener's port, or leave out --tls and security.protocol");
}

std::optional<Error> recognize_stranger(ByteView start, const Endpoint& endpoint) {
  const std::string_view text = as_text(start.first(kStartBytes));
  const std::string who = endpoint.to_string();
  if (text == "HTTP") {
    return Error(ErrorKind::kUnreachable, fmt::format("{} is an HTTP server, not Kafka", who));
  }
  if (text == "SSH-") {
    return Error(ErrorKind::kUnreachable, fmt::format("{} is an SSH server, not Kafka", who));
  }
  if (is_tls_record(start)) return tls_error(endpoint);
  return std::nullopt;
}

std::optional<Error> ask_stranger(Connector& connector, const Endpoint& endpoint,
                                  const Deadline& deadline, Transport* first) {
  // Half of the time is left to who is slow and no stranger.
  const Deadline limit = deadline.share(2).at_most_ms(kPatienceMs);
  const Deadline half = limit.share(2);
  auto http = say(connector, endpoint, as_bytes("HEAD / HTTP/1.0\r\n\r\n"), limit);
  auto tls = say(connector, endpoint, client_hello(endpoint.host), limit);
  while ((http || tls) && !limit.passed()) {
    if (first != nullptr && first->readable(limit.at_most_ms(0))) return std::nullopt;
    if (http && http->readable(limit.at_most_ms(kLookMs))) {
      const auto start = hear(http.get(), limit);
      auto stranger = start ? recognize_stranger(*start, endpoint) : std::nullopt;
      if (stranger) return stranger;
      http.reset();
    }
    if (tls && tls->readable(limit.at_most_ms(kLookMs))) {
      const auto start = hear(tls.get(), limit);
      if (start && is_tls_record(*start)) return tls_error(endpoint);
      tls.reset();
    }
    // A server that takes one connection at a time comes to the other one now.
    if (half.passed()) http.reset();
  }
  return std::nullopt;
}

bool speaks_tls(Connector& connector, const Endpoint& endpoint, const Deadline& deadline) {
  const auto transport = say(connector, endpoint, client_hello(endpoint.host), deadline);
  const auto start = hear(transport.get(), deadline);
  return start && is_tls_record(*start);
}

}  // namespace kreel::client
