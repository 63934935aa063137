#include "net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>
#include <asio/buffer.hpp>
#include <asio/post.hpp>

#include "base/log.hpp"
#include "base/text.hpp"
#include "broker/dispatch.hpp"
#include "broker/io_thread.hpp"
#include "net/limits.hpp"
#include "net/wrong_protocol.hpp"

namespace kreel::net {
namespace {

constexpr std::int64_t kMemoryRetryMs = 10;

log::RateLimited& bad_request_log() {
  static log::RateLimited limited(1'000);
  return limited;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, broker::ConnectionInfo info,
                       Environment environment)
    : socket_(std::move(socket)), info_(std::move(info)), environment_(std::move(environment)) {
  look_at_clock();
  opened_ms_ = last_activity_ms_ = now_ms();
}

Connection::~Connection() {
  environment_.memory.remove(accounted_bytes_);
}

void Connection::look_at_clock() {
  now_ns_ = environment_.broker.clock().monotonic_ns();
}

void Connection::start() {
  environment_.io.metrics().connections_opened.add();
  authenticating_ = environment_.tls != nullptr || info_.sasl != nullptr;
  if (!environment_.tls) return read_more();
  security::TlsPtr session = environment_.tls->new_session();
  if (!session) return close("no memory for TLS");
  tls_ = std::make_unique<TlsStream>(std::move(session), socket_.native_handle());
  shaking_hands_ = true;
  shake_hands();
}

void Connection::shake_hands() {
  if (is_closed()) return;
  switch (tls_->shake_hands()) {
    case TlsStream::Progress::kDone:
      return end_handshake();
    case TlsStream::Progress::kWantsRead:
      return wait_for_handshake(asio::ip::tcp::socket::wait_read);
    case TlsStream::Progress::kWantsWrite:
      return wait_for_handshake(asio::ip::tcp::socket::wait_write);
    case TlsStream::Progress::kClosed:
      return close_quietly();
    case TlsStream::Progress::kFailed:
      return close(fmt::format("the TLS handshake failed: {}", tls_->error()));
  }
}

void Connection::wait_for_handshake(asio::ip::tcp::socket::wait_type event) {
  socket_.async_wait(event, [self = shared_from_this()](const asio::error_code& error) {
    if (self->is_closed()) return;
    if (error) return self->close_quietly();
    self->shake_hands();
  });
}

void Connection::end_handshake() {
  shaking_hands_ = false;
  if (!info_.sasl) {
    auto principal = environment_.tls->principal_of(tls_->session());
    if (!principal) return close(principal.error().message());
    info_.principal = std::move(*principal);
    end_authentication();
  }
  look_at_clock();
  last_activity_ms_ = now_ms();
  if (draining_) return close_quietly();
  read_more();
}

void Connection::end_authentication() {
  authenticating_ = false;
  if (tls_) tls_->read_ahead();
  environment_.handshakes.leave(info_.id);
}

void Connection::read_more() {
  if (reading_ || is_muted() || is_ending() || is_closed()) return;
  reading_ = true;
  if (environment_.memory.exhausted()) input_.shrink_if_empty();
  // Small connections go on, and one large request at a time is let through: when all wait for all
  // others, nothing ends.
  const bool large = input_.capacity_bytes() > FrameBuffer::kIdleBytes;
  if (large && environment_.memory.exhausted() && !environment_.memory.may_overdraw(this)) {
    environment_.io.executor().schedule_after_ms(kMemoryRetryMs, [self = shared_from_this()] {
      self->reading_ = false;
      self->read_more();
    });
    return;
  }
  if (tls_) return read_more_tls();
  const MutableByteView room = input_.writable();
  account_memory();
  socket_.async_read_some(
      asio::buffer(room.data(), room.size()),
      [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
        self->on_read(error, count);
      });
}

void Connection::read_more_tls() {
  if (!tls_may_hold_more_) return await_tls_bytes(asio::ip::tcp::socket::wait_read);
  // What OpenSSL holds already is told by no poll; posted, so that other connections have a turn.
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->read_tls(); });
}

void Connection::await_tls_bytes(asio::ip::tcp::socket::wait_type event) {
  socket_.async_wait(event, [self = shared_from_this()](const asio::error_code& error) {
    if (error) return self->on_read(error, 0);
    self->read_tls();
  });
}

void Connection::read_tls() {
  if (is_closed()) return;
  MutableByteView room = input_.writable();
  account_memory();
  std::size_t total = 0;
  auto progress = TlsStream::Progress::kDone;
  while (!room.empty() && progress == TlsStream::Progress::kDone) {
    std::size_t count = 0;
    progress = tls_->read(room, count);
    if (progress != TlsStream::Progress::kDone) break;
    total += count;
    room = room.subspan(count);
  }
  tls_may_hold_more_ = progress == TlsStream::Progress::kDone;
  // What has come is served, also when it is the last.
  if (total > 0) return on_read({}, total);
  switch (progress) {
    case TlsStream::Progress::kWantsRead:
      return await_tls_bytes(asio::ip::tcp::socket::wait_read);
    case TlsStream::Progress::kWantsWrite:
      return await_tls_bytes(asio::ip::tcp::socket::wait_write);
    default:
      reading_ = false;
      return close_quietly();
  }
}

void Connection::account_memory() {
  const std::size_t now_bytes = input_.capacity_bytes();
  if (now_bytes == accounted_bytes_) return;
  environment_.memory.add(now_bytes);
  environment_.memory.remove(accounted_bytes_);
  accounted_bytes_ = now_bytes;
}

void Connection::on_read(const asio::error_code& error, std::size_t count) {
  reading_ = false;
  if (is_closed()) return;
  if (error) return close_quietly();
  input_.received(count);
  if (!tls_) read_rest();
  look_at_clock();
  last_activity_ms_ = now_ms();
  process();
}

/// A full buffer tells of a busy sender: what has come meanwhile is read before the first request
/// is started, so that one write takes more replies.
void Connection::read_rest() {
  asio::error_code error;
  while (input_.is_full() && input_.capacity_bytes() < FrameBuffer::kBusyBytes &&
         !environment_.memory.exhausted()) {
    const MutableByteView room = input_.writable();
    account_memory();
    const std::size_t count = socket_.read_some(asio::buffer(room.data(), room.size()), error);
    if (error) return;  // the next read tells it
    input_.received(count);
  }
}

void Connection::process() {
  if (processing_ || is_closed()) return;
  while (true) {
    const bool waits_for_reply = start_requests();
    if (is_closed()) return;
    if (!reading_) input_.shrink_if_empty();  // else a read that is under way fills it
    flush();
    if (is_closed()) return;
    if (is_muted()) return;
    if (!waits_for_reply) return read_more();
    // What held the next request back may have gone out in this flush; else a reply or the socket
    // becoming writable comes back here.
    if (writing_ || is_ending() || !may_start(input_.frame())) return;
  }
}

bool Connection::start_requests() {
  processing_ = true;
  bool waits_for_reply = false;
  while (!is_closed() && !is_ending() && !is_muted()) {
    const auto size = input_.frame_size();
    if (!size) break;
    if (!check_frame_size(*size)) break;
    const MutableByteView frame = input_.frame();
    if (frame.empty()) break;
    if (!may_start(frame)) {
      waits_for_reply = true;
      break;
    }
    start_request(frame);
    if (is_closed()) break;
    input_.consume_frame();
    environment_.memory.end_overdraft(this);
  }
  broker::finish_turn(environment_.io);
  processing_ = false;
  return waits_for_reply;
}

bool Connection::check_frame_size(std::int32_t size_bytes) {
  const std::int32_t limit = authenticating_
                                 ? environment_.broker.config().sasl_server_max_receive_size
                                 : environment_.broker.config().socket_request_max_bytes;
  if (size_bytes > 0 && size_bytes <= limit) return true;
  const std::string protocol = name_wrong_protocol(static_cast<std::uint32_t>(size_bytes));
  environment_.io.metrics().malformed_requests.add();
  close(protocol.empty() ? fmt::format("a request of {} bytes (the limit is {})", size_bytes, limit)
                         : fmt::format("this is {}, not Kafka's protocol", protocol));
  return false;
}

bool Connection::may_start(ByteView frame) const {
  if (output_.queued_bytes() > limits::kQueuedReplyBytes) return false;
  if (in_flight_.empty()) return true;
  // Only a Produce may follow unanswered Produces.
  return in_flight_.size() < limits::kUnansweredPerConnection && in_flight_.back().may_overlap &&
         !in_flight_.back().held && frame.size() >= sizeof(std::int16_t) &&
         broker::may_overlap(frame);
}

void Connection::start_request(MutableByteView frame) {
  const std::uint64_t number = first_in_flight_ + in_flight_.size();
  InFlight& request = in_flight_.emplace_back();
  request.received_ns = now_ns_;
  if (!expects_raw_token()) {
    request.api = broker::api_index(frame);
    request.may_overlap = frame.size() >= sizeof(std::int16_t) && broker::may_overlap(frame);
  }
  if (request.api) {
    broker::ApiMetrics& metrics = environment_.io.metrics().apis[*request.api];
    metrics.requests.add();
    metrics.request_bytes.add(frame.size());
  }
  const auto refused = broker::dispatch(environment_.broker, environment_.io, info_,
                                        {.frame = frame,
                                         .number = number,
                                         .sink = shared_from_this(),
                                         .more_follow = input_.has_another()});
  if (refused) close(*refused);
}

void Connection::reply(std::uint64_t request_number, protocol::WireParts frame) {
  answer(request_number, std::move(frame));
}

void Connection::hold(std::uint64_t request_number) {
  if (!is_closed()) in_flight_[request_number - first_in_flight_].held = true;
}

void Connection::go_on(std::uint64_t request_number) {
  if (is_closed()) return;
  in_flight_[request_number - first_in_flight_].held = false;
  if (!processing_) process();
}

void Connection::no_reply(std::uint64_t request_number) {
  answer(request_number, std::nullopt);
}

void Connection::answer(std::uint64_t request_number, std::optional<protocol::WireParts> frame) {
  if (is_closed()) return;
  InFlight& request = in_flight_[request_number - first_in_flight_];
  request.answered = true;
  request.frame = std::move(frame);
  if (authenticating_ && info_.sasl->is_authenticated()) end_authentication();
  queue_answered();
  // Inside process() the loop goes on by itself, and one write takes all replies.
  if (!processing_) process();
}

void Connection::throttle(std::uint64_t request_number, std::int32_t for_ms) {
  if (is_closed()) return;
  const InFlight& request = in_flight_[request_number - first_in_flight_];
  if (request.api) {
    broker::ApiMetrics& metrics = environment_.io.metrics().apis[*request.api];
    metrics.throttled.add();
    metrics.throttle_ms.add(static_cast<std::uint64_t>(for_ms));
  }
  look_at_clock();
  muted_until_ns_ = std::max(muted_until_ns_, now_ns_ + std::int64_t{for_ms} * 1'000'000);
  // Half of a large request may be here, whose rest is not read meanwhile.
  environment_.memory.end_overdraft(this);
  if (!is_muted()) mute_until_due();
}

void Connection::mute_until_due() {
  const std::int64_t left_ns = muted_until_ns_ - now_ns_;
  mute_timer_ = environment_.io.executor().schedule_after_ms(
      (left_ns + 999'999) / 1'000'000, [connection = weak_from_this()] {
        const auto self = connection.lock();
        if (!self || self->is_closed()) return;
        self->mute_timer_ = 0;
        self->look_at_clock();
        if (self->now_ns_ < self->muted_until_ns_) return self->mute_until_due();
        self->process();
      });
}

void Connection::queue_answered() {
  if (in_flight_.empty() || !in_flight_.front().answered) return;
  look_at_clock();
  while (!in_flight_.empty() && in_flight_.front().answered) {
    InFlight request = std::move(in_flight_.front());
    in_flight_.pop_front();
    ++first_in_flight_;
    if (request.api) {
      broker::ApiMetrics& metrics = environment_.io.metrics().apis[*request.api];
      metrics.latency.record_ns(now_ns_ - request.received_ns);
      if (request.frame) metrics.response_bytes.add(request.frame->size_bytes());
      if (request.frame && request.frame->has_error) metrics.errors.add();
    }
    if (!request.frame) continue;
    if (output_.empty()) last_written_ms_ = now_ms();
    output_.push(std::move(*request.frame));
  }
}

void Connection::flush() {
  if (writing_) return;
  if (!output_.empty()) {
    const std::size_t before = output_.queued_bytes();
    switch (tls_ ? output_.write_to(*tls_) : output_.write_to(socket_.native_handle())) {
      case OutputQueue::Progress::kDone:
        break;
      case OutputQueue::Progress::kBlocked:
        wait_writable();
        break;
      case OutputQueue::Progress::kFailed:
        return close_quietly();
      case OutputQueue::Progress::kUnreadable:
        return close("the records of its reply cannot be read");
    }
    if (output_.queued_bytes() != before) {
      last_activity_ms_ = last_written_ms_ = now_ms();
    }
  }
  if (!is_ending() || !output_.empty() || !in_flight_.empty()) return;
  if (info_.refused.empty()) return close_quietly();
  close(info_.refused);
}

void Connection::wait_writable() {
  writing_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const asio::error_code& error) {
                       self->writing_ = false;
                       if (self->is_closed()) return;
                       if (error) return self->close_quietly();
                       self->look_at_clock();
                       self->flush();
                       self->process();
                     });
}

void Connection::drain() {
  draining_ = true;
  if (shaking_hands_) return close_quietly();
  look_at_clock();
  flush();
}

void Connection::check_idle(std::int64_t now_ms, std::int64_t idle_ms) {
  if (authenticating_ && now_ms - opened_ms_ > limits::kAuthenticationMs) {
    return close(shaking_hands_ ? "the TLS handshake took too long"
                                : "it took too long to show who it is");
  }
  if (shaking_hands_) return;
  if (!output_.empty() && now_ms - last_written_ms_ > limits::kStalledWriteMs) {
    return close("the peer takes no bytes of its reply");
  }
  const std::int64_t quiet_ms = now_ms - last_activity_ms_;
  if (environment_.memory.is_overdrawn_by(this) && quiet_ms > limits::kStalledRequestMs) {
    return close("a request that does not arrive while memory is short");
  }
  // As in Kafka, with a request in flight too: a peer that is gone may have left one.
  if (idle_ms > 0 && quiet_ms > idle_ms) close_quietly();
}

void Connection::close(const std::string& why) {
  if (is_closed()) return;
  const bool is_known = info_.principal != broker::kAnonymous;
  const std::string who =
      is_known ? fmt::format(" ({})", escape_control(info_.principal)) : std::string();
  bad_request_log().write(log::Level::kWarning,
                          fmt::format("closed {}{}: {}", info_.peer_address, who, why));
  close_quietly();
}

void Connection::close_quietly() {
  if (closed_.exchange(true)) return;
  environment_.io.metrics().connections_closed.add();
  environment_.memory.end_overdraft(this);
  environment_.handshakes.leave(info_.id);
  if (is_muted()) environment_.io.executor().cancel(mute_timer_);
  if (tls_) tls_->shut_down();
  asio::error_code ignored;
  socket_.close(ignored);
  in_flight_.clear();
  environment_.closed(info_.id);
}

}  // namespace kreel::net
