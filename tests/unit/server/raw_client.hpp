#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "protocol/api.hpp"
#include "protocol/codec.hpp"

namespace kreel::test {

/// A blocking client of one connection, for tests that look at single requests. IPv6 as [::1]:PORT.
class RawClient {
 public:
  explicit RawClient(const std::string& address) {
    const auto colon = address.rfind(':');
    const auto port = static_cast<std::uint16_t>(*parse_int32(address.substr(colon + 1)));
    const bool is_v6 = address.front() == '[';
    sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    if (is_v6) {
      ::inet_pton(AF_INET6, address.substr(1, colon - 2).c_str(), &v6.sin6_addr);
    } else {
      ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &v4.sin_addr);
    }
    socket_ = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // A reply that never comes fails a test instead of keeping it.
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    const auto* to =
        is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
    connected_ = ::connect(socket_, to, is_v6 ? sizeof(v6) : sizeof(v4)) == 0;
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  /// A number that no other client of this test has.
  int descriptor() const { return socket_; }

  /// A request as it goes over the wire.
  template <class Api>
  Bytes frame(const typename Api::Request& request, protocol::Version version) {
    const auto key = static_cast<protocol::ApiKey>(Api::key);
    protocol::WireWriter out;
    out.write_int<std::int32_t>(0);
    out.write_int(Api::key);
    out.write_int(version);
    out.write_int(++correlation_id_);
    out.write_string_length(4, false);
    out.write_view(as_bytes("test"));
    if (protocol::request_header_version(key, version) >= 2) out.write_unsigned_varint(0);
    protocol::encode(request, version, out);
    out.patch_int32(0, static_cast<std::int32_t>(out.size_bytes() - 4));
    return out.take().bytes;
  }

  template <class Api>
  void send(const typename Api::Request& request, protocol::Version version) {
    send_bytes(frame<Api>(request, version));
  }

  /// nullopt when the broker closed the connection or the reply does not decode.
  template <class Api>
  std::optional<typename Api::Response> receive(protocol::Version version) {
    const auto key = static_cast<protocol::ApiKey>(Api::key);
    if (!receive_frame()) return std::nullopt;
    protocol::WireReader in(frame_);
    in.read_int<std::int32_t>();
    if (protocol::response_header_version(key, version) >= 1) in.read_unsigned_varint();
    typename Api::Response response;
    protocol::decode(response, version, in);
    if (in.failed() || in.remaining() != 0) return std::nullopt;
    return response;
  }

  template <class Api>
  std::optional<typename Api::Response> call(const typename Api::Request& request,
                                             protocol::Version version) {
    send<Api>(request, version);
    return receive<Api>(version);
  }

  void send_bytes(ByteView bytes) {
    [[maybe_unused]] const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// Whether the broker has closed the connection; waits for it.
  bool closed_by_broker() {
    std::byte byte{};
    const ssize_t got = ::recv(socket_, &byte, 1, 0);
    return got == 0 || (got < 0 && errno != EAGAIN);
  }
  /// Whether nothing comes for so long.
  bool silent_for_ms(int wait_ms) {
    pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
    return ::poll(&wanted, 1, wait_ms) == 0;
  }
  /// Whether a reply has begun to arrive; waits for it and takes nothing.
  bool reply_has_begun() {
    std::byte byte{};
    return ::recv(socket_, &byte, 1, MSG_PEEK) == 1;
  }

 private:
  bool receive_exactly(MutableByteView into) {
    return ::recv(socket_, into.data(), into.size(), MSG_WAITALL) ==
           static_cast<ssize_t>(into.size());
  }
  bool receive_frame() {
    Bytes size(4);
    if (!receive_exactly(size)) return false;
    frame_.resize(static_cast<std::size_t>(load_big_endian<std::int32_t>(size.data())));
    return receive_exactly(frame_);
  }

  int socket_ = -1;
  bool connected_ = false;
  std::int32_t correlation_id_ = 0;
  Bytes frame_;
};

}  // namespace kreel::test
