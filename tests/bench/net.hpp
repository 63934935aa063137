// IPv4 sockets of the reference programs. Loopback runs on cubic: a default of bbr costs a third of
// its speed.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <span>
#include <string>

#include "args.hpp"
#include "wire.hpp"

namespace bench {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  sockaddr_in address{};
};

inline Endpoint endpoint(const std::string& text) {
  Endpoint result;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) fail("not HOST:PORT: " + text);
  result.host = text.substr(0, colon);
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), result.port);
  result.address.sin_family = AF_INET;
  result.address.sin_port = htons(result.port);
  if (inet_pton(AF_INET, result.host.c_str(), &result.address.sin_addr) != 1)
    fail("not an IPv4 address: " + result.host);
  return result;
}

inline int tuned_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("no socket");
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
  return fd;
}

inline int listen_on(const Endpoint& where) {
  const int fd = tuned_socket();
  const auto* address = reinterpret_cast<const sockaddr*>(&where.address);
  if (bind(fd, address, sizeof where.address) != 0 || listen(fd, 1024) != 0)
    fail(std::string("cannot listen: ") + std::strerror(errno));
  return fd;
}

inline int connect_to(const Endpoint& where) {
  const int fd = tuned_socket();
  if (connect(fd, reinterpret_cast<const sockaddr*>(&where.address), sizeof where.address) != 0)
    fail(std::string("cannot connect: ") + std::strerror(errno));
  return fd;
}

// On a blocking socket. False when the peer is gone.
inline bool send_all(int fd, const std::uint8_t* bytes, std::size_t count, int flags = 0) {
  while (count > 0) {
    const auto sent = send(fd, bytes, count, flags | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    count -= static_cast<std::size_t>(sent);
  }
  return true;
}

// One whole response on a blocking socket, into `buffer`; without its length, with its correlation
// id.
inline std::span<std::uint8_t> receive_frame(int fd, std::vector<std::uint8_t>& buffer) {
  const auto fill = [&](std::size_t count) {
    if (buffer.size() < count) buffer.resize(count);
    for (std::size_t at = 0; at < count;) {
      const auto got = recv(fd, buffer.data() + at, count - at, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail("the broker closed the connection");
      at += static_cast<std::size_t>(got);
    }
  };
  fill(4);
  const auto size = load_be<std::uint32_t>(buffer.data());
  fill(size);
  return {buffer.data(), size};
}

}  // namespace bench
