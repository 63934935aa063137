#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/ip/tcp.hpp>

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "catalog/broker_config.hpp"
#include "net/connection.hpp"
#include "net/io_context_thread.hpp"

namespace kreel::net {

/// An io thread as the network sees it: the event loop, the broker's part of it, and the
/// connections that live there, which are touched on the thread alone.
struct NetThread {
  IoContextThread loop;
  std::unique_ptr<broker::IoThread> io;
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections;
};

/// An address that is this process's, and does not listen yet: what a port in use would spoil is
/// done after it.
struct BoundListener {
  catalog::Listener config;  ///< with the port that was really bound
  asio::ip::tcp::acceptor acceptor;
};

/// One listening socket. Accepts on the first io thread and deals connections out in turn. Pauses
/// when descriptors or the connection limit run out, without spinning.
class Listener {
 public:
  struct Environment {
    broker::Broker& broker;
    std::vector<std::unique_ptr<NetThread>>& threads;
    MemoryBudget& memory;
    HandshakeBudget& handshakes;
    /// Null for PLAINTEXT.
    std::shared_ptr<security::TlsServer> tls;
    /// Null where SASL is not asked for.
    std::shared_ptr<const security::SaslServer> sasl;
    /// Of all listeners together.
    std::shared_ptr<std::atomic<std::size_t>> open_connections;
  };

  /// ErrorKind::kUnreachable when the port is taken, kUsage when the address is not this machine's.
  static Result<BoundListener> bind(const catalog::Listener& config, asio::io_context& context);
  /// Clients can connect from here on, and wait until start(). `bound` is of the first io thread.
  static Result<std::unique_ptr<Listener>> listen(BoundListener bound, Environment environment);

  /// The config with the port that was really bound.
  const catalog::Listener& config() const { return config_; }
  /// Begins to accept; on any thread.
  void start();
  /// No new connections; on the first io thread.
  void stop();

 private:
  Listener(BoundListener bound, Environment environment);

  void accept_next();
  void on_accept(const asio::error_code& error, asio::ip::tcp::socket socket);
  void pause();
  bool has_room() const;
  /// A quota of connections is exceeded: it is left waiting, then closed, as Kafka does.
  void turn_away(asio::ip::tcp::socket socket, std::int64_t after_ms);
  void adopt(NetThread& thread, int descriptor, asio::ip::tcp protocol,
             broker::ConnectionInfo info);
  /// Whether there is a place for its handshake; PLAINTEXT needs none.
  bool admit(NetThread& thread, const broker::ConnectionInfo& info);

  catalog::Listener config_;
  asio::ip::tcp::acceptor acceptor_;
  Environment environment_;
  std::size_t next_thread_ = 0;
  std::size_t descriptor_limit_ = 0;
  std::size_t turned_away_ = 0;  ///< that are not closed yet
  static std::atomic<std::uint64_t> next_connection_id_;
};

}  // namespace kreel::net
