#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <asio/ip/tcp.hpp>

#include "broker/broker.hpp"
#include "broker/connection.hpp"
#include "broker/sasl_exchange.hpp"
#include "net/frame_buffer.hpp"
#include "net/handshake_budget.hpp"
#include "net/memory_budget.hpp"
#include "net/output_queue.hpp"
#include "net/tls_stream.hpp"
#include "security/tls_server.hpp"

namespace kreel::net {

/// One client connection, for its whole life on one io thread: reads frames, hands them to the
/// broker in order, and sends the replies in the order of the requests. Closing is idempotent.
class Connection final : public broker::ReplySink, public std::enable_shared_from_this<Connection> {
 public:
  struct Environment {
    broker::Broker& broker;
    broker::IoThread& io;
    MemoryBudget& memory;
    HandshakeBudget& handshakes;
    /// Null for PLAINTEXT.
    std::shared_ptr<security::TlsServer> tls;
    /// Called once, when the connection is closed.
    std::function<void(std::uint64_t id)> closed;
  };

  Connection(asio::ip::tcp::socket socket, broker::ConnectionInfo info, Environment environment);
  ~Connection() override;

  void start();
  /// Answers what is under way, reads nothing more, then closes.
  void drain();
  /// Closes when idle for longer than `idle_ms` or when the peer has stopped taking a reply.
  void check_idle(std::int64_t now_ms, std::int64_t idle_ms);

  void reply(std::uint64_t request_number, protocol::WireParts frame) override;
  void no_reply(std::uint64_t request_number) override;
  void throttle(std::uint64_t request_number, std::int32_t for_ms) override;
  void hold(std::uint64_t request_number) override;
  void go_on(std::uint64_t request_number) override;
  void close(const std::string& why) override;
  bool is_closed() const override { return closed_.load(std::memory_order_relaxed); }

 private:
  struct InFlight {
    std::optional<std::size_t> api;
    std::int64_t received_ns = 0;
    bool may_overlap = false;
    bool held = false;
    bool answered = false;
    std::optional<protocol::WireParts> frame;
  };

  /// With TLS, before the first byte of a request.
  void shake_hands();
  void end_handshake();
  /// It is known who it is: what bounds strangers does not concern it any more.
  void end_authentication();
  void wait_for_handshake(asio::ip::tcp::socket::wait_type event);
  void read_more();
  void read_more_tls();
  void await_tls_bytes(asio::ip::tcp::socket::wait_type event);
  void read_tls();
  void on_read(const asio::error_code& error, std::size_t count);
  void read_rest();
  /// Starts what may start, writes what was answered, reads on.
  void process();
  /// Starts every request that may start now; true when one has to wait for earlier replies.
  bool start_requests();
  bool may_start(ByteView frame) const;
  bool check_frame_size(std::int32_t size_bytes);
  void start_request(MutableByteView frame);
  void answer(std::uint64_t request_number, std::optional<protocol::WireParts> frame);
  void queue_answered();
  void flush();
  /// A quota is exceeded: nothing is read and no request is started until the time is over.
  bool is_muted() const { return mute_timer_ != 0; }
  void mute_until_due();
  void wait_writable();
  void account_memory();
  void look_at_clock();
  std::int64_t now_ms() const { return now_ns_ / 1'000'000; }
  void close_quietly();
  /// Nothing more is read: it ends with its last answer.
  bool is_ending() const { return draining_ || !info_.refused.empty(); }
  bool expects_raw_token() const { return info_.sasl && info_.sasl->expects_raw_token(); }

  asio::ip::tcp::socket socket_;
  broker::ConnectionInfo info_;
  Environment environment_;
  FrameBuffer input_;
  OutputQueue output_;
  std::unique_ptr<TlsStream> tls_;
  bool tls_may_hold_more_ = true;  // until a read finds nothing
  std::int64_t opened_ms_ = 0;
  std::deque<InFlight> in_flight_;
  std::uint64_t first_in_flight_ = 0;
  std::size_t accounted_bytes_ = 0;
  /// As looked at last: when the socket woke us up, and when a request was answered. A request
  /// asks the clock twice, not five times.
  std::int64_t now_ns_ = 0;
  std::int64_t last_activity_ms_ = 0;  ///< bytes came or went
  std::int64_t last_written_ms_ = 0;   ///< bytes went, or began to wait for it
  std::int64_t muted_until_ns_ = 0;
  Executor::TimerId mute_timer_ = 0;
  bool shaking_hands_ = false;
  bool authenticating_ = false;  ///< by TLS, by SASL, or both
  bool reading_ = false;
  bool writing_ = false;
  bool processing_ = false;
  bool draining_ = false;
  std::atomic<bool> closed_{false};
};

}  // namespace kreel::net
