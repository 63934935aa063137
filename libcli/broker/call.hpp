#pragma once

#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/assert.hpp"
#include "base/executor.hpp"
#include "base/result.hpp"
#include "broker/connection.hpp"
#include "broker/request_charge.hpp"
#include "protocol/api.hpp"
#include "protocol/codec.hpp"

namespace kreel::broker {

/// The way back of one request, without its type. Moved along until somebody answers; answered
/// exactly once. From any thread: the reply is posted to the connection's io thread.
class ReplyTicket {
 public:
  struct Origin {
    std::shared_ptr<ReplySink> sink;
    Executor* executor = nullptr;  ///< the connection's io thread
    std::uint64_t request_number = 0;
    std::int32_t correlation_id = 0;
    protocol::ApiKey api{};
    protocol::Version version = 0;
    std::shared_ptr<RequestCharge> charge{};  ///< null while nobody has a quota
  };

  explicit ReplyTicket(Origin origin) : origin_(std::move(origin)) {}
  ReplyTicket(ReplyTicket&& other) noexcept : origin_(std::move(other.origin_)) {
    other.origin_.sink.reset();
  }
  ReplyTicket& operator=(ReplyTicket&&) = delete;
  /// Closes the connection if nobody has answered, for want of memory or by kreel's own mistake: a
  /// client that waits for ever is the worse end.
  ~ReplyTicket() {
    if (origin_.sink != nullptr) drop();
  }

  const Origin& origin() const { return origin_; }
  void send(protocol::WireParts&& frame);
  void send_nothing();
  void close(std::string why);
  /// How long the client has to wait for its quotas, once the answer is known; from the first call
  /// on its connection starts no other request for so long.
  std::int32_t settle();
  /// On the io thread: the connection's next request waits, or may be started again.
  void hold() { origin_.sink->hold(origin_.request_number); }
  void go_on() { origin_.sink->go_on(origin_.request_number); }
  /// The caller closes the connection itself.
  void abandon() { origin_.sink.reset(); }

 private:
  void drop();
  /// Runs action(sink) on the io thread: now when this is it.
  template <class Action>
  void on_io_thread(Action action);

  Origin origin_;
};

/// Writes size, response header and body.
template <class Response>
Result<protocol::WireParts> encode_reply(const ReplyTicket::Origin& origin,
                                         const Response& response);

/// One request with its one reply. A handler answers with reply() now, or moves the call to where
/// the answer will be known. Dropped unanswered it closes the connection.
template <class Api>
class Call {
 public:
  using Request = typename Api::Request;
  using Response = typename Api::Response;

  Call(Request&& decoded, ReplyTicket&& ticket)
      : request(std::move(decoded)), ticket_(std::move(ticket)) {}
  Call(Call&&) noexcept = default;
  Call& operator=(Call&&) = delete;
  ~Call() = default;

  Request request;

  protocol::Version version() const { return ticket_.origin().version; }
  /// The io thread of the connection.
  Executor& executor() const { return *ticket_.origin().executor; }

  /// A response that its version cannot carry is kreel's own mistake: the connection is closed and
  /// the error logged, and no other client notices. The same where there is no memory for it.
  void reply(const Response& response) {
    if (completion_ == nullptr) return send(response);
    Response completed;
    try {
      completed = response;
      (*completion_)(completed);
    } catch (const std::bad_alloc&) {
      return ticket_.close(
          fmt::format("no memory to answer {}", protocol::api_info(ticket_.origin().api).name));
    }
    send(completed);
  }
  /// Changes the reply before it leaves, after what was asked for before.
  void before_reply(std::function<void(Response&)> change) {
    if (completion_ != nullptr) {
      change = [first = std::move(*completion_), second = std::move(change)](Response& response) {
        first(response);
        second(response);
      };
    }
    completion_ = std::make_unique<std::function<void(Response&)>>(std::move(change));
  }
  /// Produce with acks=0.
  void no_reply() { ticket_.send_nothing(); }
  void close(std::string why) { ticket_.close(std::move(why)); }
  /// Null while nobody has a quota.
  RequestCharge* charge() const { return ticket_.origin().charge.get(); }
  /// 0, or how long the client has to wait for its quotas; for who answers differently then.
  std::int32_t settle() { return ticket_.settle(); }
  /// On the io thread. A Produce that has to ask before it appends keeps those behind it from
  /// appending first.
  void hold() { ticket_.hold(); }
  void go_on() { ticket_.go_on(); }
  /// The client is gone: an answer would reach nobody.
  bool abandoned() const { return ticket_.origin().sink->is_closed(); }

 private:
  void send(const Response& response) {
    if (ticket_.origin().charge != nullptr) [[unlikely]]
      return reply_charged(response);
    encode_and_send(response);
  }
  void encode_and_send(const Response& response) {
    auto frame = encode_reply(ticket_.origin(), response);
    if (!frame) return ticket_.close(frame.error().message());
    ticket_.send(std::move(*frame));
  }
  void reply_charged(const Response& response) {
    const std::int32_t throttle_ms = ticket_.settle();
    if constexpr (requires { response.throttle_time_ms; }) {
      if (throttle_ms > 0) {
        try {
          Response throttled = response;
          throttled.throttle_time_ms = throttle_ms;
          return encode_and_send(throttled);
        } catch (const std::bad_alloc&) {
          return ticket_.close("no memory for an answer");
        }
      }
    }
    encode_and_send(response);
  }

  ReplyTicket ticket_;
  /// Few calls have one, and all are moved along: a pointer is moved cheaply.
  std::unique_ptr<std::function<void(Response&)>> completion_;
};

/// Most replies fit, and then memory is taken once.
inline constexpr std::size_t kUsualReplyBytes = 256;

template <class Response>
Result<protocol::WireParts> encode_reply(const ReplyTicket::Origin& origin,
                                         const Response& response) {
  const std::string_view name = protocol::api_info(origin.api).name;
  try {
    protocol::WireWriter out;
    out.reserve(kUsualReplyBytes);
    out.write_int<std::int32_t>(0);
    out.write_int(origin.correlation_id);
    if (protocol::response_header_version(origin.api, origin.version) >= 1) {
      out.write_unsigned_varint(0);
    }
    protocol::encode(response, origin.version, out);
    if (out.failed()) {
      return fail(ErrorKind::kFailed,
                  fmt::format("internal error: {} in a reply of {}", out.error(), name));
    }
    out.patch_int32(0, static_cast<std::int32_t>(out.size_bytes() - sizeof(std::int32_t)));
    return out.take();
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::kFailed, fmt::format("no memory to answer {}", name));
  }
}

}  // namespace kreel::broker
