#include "net/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fmt/core.h>
#include <asio/ip/address.hpp>
#include <asio/ip/v6_only.hpp>

#include "base/host_and_port.hpp"
#include "base/log.hpp"
#include "broker/quotas.hpp"
#include "net/limits.hpp"

namespace kreel::net {
namespace {

constexpr int kBacklog = 1024;
constexpr std::int64_t kPauseMs = 200;
constexpr int kKeepAliveIdleSeconds = 60;
constexpr int kKeepAliveIntervalSeconds = 10;
constexpr int kKeepAliveProbes = 6;

log::RateLimited& accept_log() {
  static log::RateLimited limited(10'000);
  return limited;
}

void set_option(int socket, int level, int name, int value) {
  // Tuning only: a kernel without the option works as well.
  (void)::setsockopt(socket, level, name, &value, sizeof(value));
}

void tune(int socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
}

/// bbr paces even loopback, at three times the CPU of cubic; real networks keep their default. On
/// the listening socket, since a connection that began with bbr keeps its pacing.
void use_cubic(int socket) {
  constexpr std::string_view kCubic = "cubic";
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, kCubic.data(), kCubic.size());
}

std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return static_cast<std::size_t>(limit.rlim_cur);
}

tl::unexpected<Error> cannot_listen(const catalog::Listener& config,
                                    const asio::error_code& error) {
  const std::string address = host_and_port(config.host, config.port);
  if (error == asio::error::address_in_use) {
    return fail(ErrorKind::kUnreachable,
                fmt::format("cannot listen on {}: the port is in use", address),
                "another broker runs there; choose another port with --listen");
  }
  return fail(ErrorKind::kUsage, fmt::format("cannot listen on {}: {}", address, error.message()));
}

asio::error_code bind_to(asio::ip::tcp::acceptor& acceptor,
                         const asio::ip::tcp::endpoint& endpoint) {
  asio::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.address().is_loopback()) use_cubic(acceptor.native_handle());
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

/// IPv4 and IPv6 on one socket, or IPv4 alone on a machine without the other. The error, if any,
/// is the one of IPv4, or that the port is in use.
asio::error_code bind_to_every_address(asio::ip::tcp::acceptor& acceptor, std::uint16_t port) {
  asio::error_code error;
  acceptor.open(asio::ip::tcp::v6(), error);
  if (!error) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind({asio::ip::tcp::v6(), port}, error);
  if (!error || error == asio::error::address_in_use) return error;
  acceptor.close(error);
  return bind_to(acceptor, {asio::ip::tcp::v4(), port});
}

/// An IPv4 client of a socket for both is told and logged as what it is.
std::string text_of(const asio::ip::address& address) {
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                   : address.to_string();
}

}  // namespace

std::atomic<std::uint64_t> Listener::next_connection_id_{1};

Result<BoundListener> Listener::bind(const catalog::Listener& config, asio::io_context& context) {
  asio::error_code error;
  asio::ip::tcp::acceptor acceptor(context);
  if (config.host.empty()) {
    error = bind_to_every_address(acceptor, config.port);
  } else {
    asio::ip::tcp::resolver resolver(context);
    const auto found = resolver.resolve(config.host, std::to_string(config.port),
                                        asio::ip::resolver_base::passive, error);
    if (error || found.empty()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("cannot resolve \"{}\": name not known", config.host));
    }
    error = bind_to(acceptor, found.begin()->endpoint());
  }
  if (error) return cannot_listen(config, error);
  catalog::Listener bound = config;
  bound.port = acceptor.local_endpoint().port();
  if (bound.host.empty()) bound.host = acceptor.local_endpoint().address().to_string();
  if (bound.advertised_host.empty()) bound.advertised_host = bound.host;
  if (bound.advertised_port == 0) bound.advertised_port = bound.port;
  return BoundListener{std::move(bound), std::move(acceptor)};
}

Result<std::unique_ptr<Listener>> Listener::listen(BoundListener bound, Environment environment) {
  asio::error_code error;
  bound.acceptor.listen(kBacklog, error);
  // Two that bound the same port find out here, if neither was listening yet.
  if (error) return cannot_listen(bound.config, error);
  return std::unique_ptr<Listener>(new Listener(std::move(bound), environment));
}

Listener::Listener(BoundListener bound, Environment environment)
    : config_(std::move(bound.config)),
      acceptor_(std::move(bound.acceptor)),
      environment_(environment),
      descriptor_limit_(descriptor_limit()) {}

void Listener::start() {
  environment_.threads.front()->loop.post([this] { accept_next(); });
}

void Listener::stop() {
  asio::error_code ignored;
  acceptor_.close(ignored);
}

bool Listener::has_room() const {
  const std::size_t open = environment_.open_connections->load();
  const auto configured =
      static_cast<std::size_t>(std::max(1, environment_.broker.config().max_connections));
  return open < configured && open + 2 * limits::kReservedDescriptors < descriptor_limit_;
}

void Listener::accept_next() {
  if (!acceptor_.is_open()) return;
  if (!has_room()) {
    accept_log().write(log::Level::kWarning, "no room for more connections: accepting is paused");
    return pause();
  }
  acceptor_.async_accept([this](const asio::error_code& error, asio::ip::tcp::socket socket) {
    on_accept(error, std::move(socket));
  });
}

void Listener::pause() {
  environment_.threads.front()->loop.schedule_after_ms(kPauseMs, [this] { accept_next(); });
}

void Listener::on_accept(const asio::error_code& error, asio::ip::tcp::socket socket) {
  if (error == asio::error::operation_aborted) return;
  if (error) {
    accept_log().write(log::Level::kWarning, fmt::format("cannot accept: {}", error.message()));
    return pause();
  }
  asio::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  const auto local = socket.local_endpoint(gone);
  broker::Quotas& quotas = environment_.broker.quotas();
  std::int64_t wait_ms = 0;
  if (!gone && quotas.any_of_ips()) wait_ms = quotas.use_connection(text_of(peer.address()));
  if (wait_ms > 0) {
    turn_away(std::move(socket), wait_ms);
  } else if (!gone) {
    tune(socket.native_handle());
    broker::ConnectionInfo info{.id = next_connection_id_.fetch_add(1),
                                .peer_host = text_of(peer.address()),
                                .peer_address = host_and_port(text_of(peer.address()), peer.port()),
                                .local_host = text_of(local.address()),
                                .listener_name = config_.name};
    NetThread& thread = *environment_.threads[next_thread_];
    next_thread_ = (next_thread_ + 1) % environment_.threads.size();
    if (admit(thread, info)) {
      environment_.open_connections->fetch_add(1);
      const int descriptor = socket.release();
      thread.loop.post([this, &thread, descriptor, protocol = peer.protocol(), info] {
        adopt(thread, descriptor, protocol, info);
      });
    }
  }
  accept_next();
}

void Listener::turn_away(asio::ip::tcp::socket socket, std::int64_t after_ms) {
  if (turned_away_ >= limits::kTurnedAway) return;  // closes it
  ++turned_away_;
  auto held = std::make_shared<asio::ip::tcp::socket>(std::move(socket));
  environment_.threads.front()->loop.schedule_after_ms(after_ms, [this, held] {
    asio::error_code ignored;
    held->close(ignored);
    --turned_away_;
  });
}

bool Listener::admit(NetThread& thread, const broker::ConnectionInfo& info) {
  if (!environment_.tls && !environment_.sasl) return true;
  const auto evict = [&thread, id = info.id] {
    thread.loop.post([&thread, id] {
      const auto found = thread.connections.find(id);
      if (found == thread.connections.end()) return;
      const auto connection = found->second;  // closing takes it out of the map
      connection->close("too many have not shown who they are, and it is the oldest of them");
    });
  };
  if (environment_.handshakes.enter(info.id, info.peer_host, evict)) return true;
  accept_log().write(
      log::Level::kWarning,
      fmt::format("turned away {}: too many from its address have not shown who they are",
                  info.peer_address));
  return false;
}

void Listener::adopt(NetThread& thread, int descriptor, asio::ip::tcp protocol,
                     broker::ConnectionInfo info) {
  asio::ip::tcp::socket socket(thread.loop.context(), protocol, descriptor);
  socket.non_blocking(true);
  const std::uint64_t id = info.id;
  if (environment_.sasl) {
    info.sasl =
        std::make_shared<broker::SaslExchange>(environment_.sasl, environment_.broker.clock());
  }
  auto connection = std::make_shared<Connection>(
      std::move(socket), std::move(info),
      Connection::Environment{
          environment_.broker, *thread.io, environment_.memory, environment_.handshakes,
          environment_.tls,
          [&thread, open = environment_.open_connections](std::uint64_t closed_id) {
            thread.connections.erase(closed_id);
            open->fetch_sub(1);
          }});
  thread.connections.emplace(id, connection);
  connection->start();
}

}  // namespace kreel::net
