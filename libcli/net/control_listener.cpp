#include "net/control_listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/core.h>
#include <asio/buffer.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include "base/control_socket.hpp"

namespace kreel::net {
namespace {

constexpr int kControlBacklog = 16;
constexpr std::int64_t kControlPauseMs = 200;

tl::unexpected<Error> system_error(const std::string& path) {
  return fail(ErrorKind::kIo, fmt::format("control socket {}: {}", path, std::strerror(errno)));
}

/// One client: a line in, a line out, until it goes.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(asio::local::stream_protocol::socket socket, ControlListener::Handler handler,
         std::shared_ptr<int> counted)
      : socket_(std::move(socket)), handler_(std::move(handler)), counted_(std::move(counted)) {}

  void read() {
    auto buffer = asio::dynamic_buffer(input_, ControlListener::kLineBytesMax);
    asio::async_read_until(
        socket_, buffer, '\n',
        [self = shared_from_this()](const asio::error_code& error, std::size_t bytes) {
          if (!error) self->answer(bytes);
        });
  }

 private:
  void answer(std::size_t line_bytes) {
    output_ = handler_(std::string_view(input_).substr(0, line_bytes - 1)) + "\n";
    input_.erase(0, line_bytes);
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](const asio::error_code& error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  asio::local::stream_protocol::socket socket_;
  ControlListener::Handler handler_;
  std::shared_ptr<int> counted_;
  std::string input_;
  std::string output_;
};

}  // namespace

Result<std::unique_ptr<ControlListener>> ControlListener::open(IoContextThread& thread,
                                                               std::string path, Handler handler) {
  TRY_ASSIGN(const ControlAddress address, ControlAddress::of(path));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return system_error(path);
  ::unlink(path.c_str());
  // The file gets the mode that the socket has: it is not open to others for a moment.
  const bool listens = ::fchmod(descriptor, S_IRUSR | S_IWUSR) == 0 &&
                       ::bind(descriptor, address.address(), ControlAddress::kSizeBytes) == 0 &&
                       ::listen(descriptor, kControlBacklog) == 0;
  if (!listens) {
    auto error = system_error(path);
    ::close(descriptor);
    return error;
  }
  std::unique_ptr<ControlListener> listener(
      new ControlListener(thread, std::move(path), descriptor, std::move(handler)));
  thread.post([raw = listener.get()] { raw->accept_next(); });
  return listener;
}

ControlListener::ControlListener(IoContextThread& thread, std::string path, int descriptor,
                                 Handler handler)
    : thread_(thread),
      path_(std::move(path)),
      acceptor_(thread.context(), asio::local::stream_protocol(), descriptor),
      handler_(std::move(handler)) {}

ControlListener::~ControlListener() {
  ::unlink(path_.c_str());
}

void ControlListener::accept_next() {
  acceptor_.async_accept(
      [this](const asio::error_code& error, asio::local::stream_protocol::socket socket) {
        if (error == asio::error::operation_aborted) return;
        // No descriptors, say.
        if (error) {
          thread_.schedule_after_ms(kControlPauseMs, [this] { accept_next(); });
          return;
        }
        const bool has_room = static_cast<std::size_t>(clients_.use_count()) <= kClientsMax;
        if (has_room) std::make_shared<Client>(std::move(socket), handler_, clients_)->read();
        accept_next();
      });
}

}  // namespace kreel::net
