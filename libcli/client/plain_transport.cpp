#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "client/tcp.hpp"
#include "client/transport.hpp"

namespace kreel::client {
namespace {

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Descriptor socket) : socket_(std::move(socket)) {}

  Result<void> send(ByteView bytes, const Deadline& deadline) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!wait_for(socket_.get(), POLLOUT, deadline)) return no_answer(deadline);
      } else if (errno != EINTR) {
        return fail(ErrorKind::kUnreachable, reason(errno));
      }
    }
    return {};
  }

  Result<std::size_t> receive(MutableByteView into, const Deadline& deadline) override {
    while (true) {
      const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!wait_for(socket_.get(), POLLIN, deadline)) return no_answer(deadline);
      } else if (errno != EINTR) {
        return fail(ErrorKind::kUnreachable, reason(errno));
      }
    }
  }

  bool readable(const Deadline& deadline) override {
    return wait_for(socket_.get(), POLLIN, deadline);
  }

 private:
  static tl::unexpected<Error> no_answer(const Deadline& deadline) {
    return fail(ErrorKind::kUnreachable, no_answer_text(deadline));
  }

  Descriptor socket_;
};

}  // namespace

Result<std::unique_ptr<Transport>> PlainConnector::connect(const Endpoint& endpoint,
                                                           const Deadline& deadline) {
  TRY_ASSIGN(const Addresses addresses, Addresses::resolve(endpoint, family_));
  TRY_ASSIGN(Descriptor socket, connect_tcp(addresses, endpoint, deadline));
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace kreel::client
