#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/codec.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/request_header.hpp"

namespace kreel::test {

/// A broker that says what a test tells it to: scripted answers per API, or raw bytes. Serves one
/// connection after the other on a thread of its own; stops in its destructor.
class FakeBroker {
 public:
  using Handler = std::function<Bytes(protocol::Version, protocol::WireReader&)>;

  FakeBroker() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::listen(listener_, 8);
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;
  ~FakeBroker() { leave(); }

  /// As a broker that was killed: hangs up, and its port refuses from then on.
  void leave() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Answers `Api` from now on; ApiVersions lists it with `max_version`.
  template <class Api>
  void on(
      std::function<typename Api::Response(const typename Api::Request&, protocol::Version)> answer,
      protocol::Version max_version = Api::Request::versions.max) {
    versions_[Api::key] = {Api::Request::versions.min, max_version};
    flexible_from_[Api::key] = Api::Request::versions.flexible_from;
    handlers_[Api::key] = [answer = std::move(answer)](protocol::Version version,
                                                       protocol::WireReader& in) {
      typename Api::Request request;
      protocol::decode(request, version, in);
      protocol::WireWriter out;
      protocol::encode(answer(request, version), version, out);
      return out.take().bytes;
    };
  }
  /// ApiVersions lists `Api`; whoever asks for it is hung up on.
  template <class Api>
  void list_without_answer() {
    versions_[Api::key] = {Api::Request::versions.min, Api::Request::versions.max};
    flexible_from_[Api::key] = Api::Request::versions.flexible_from;
  }
  /// The newest ApiVersions that it takes; above it answers error 35 in version 0.
  void set_api_versions_max(protocol::Version max) { api_versions_max_ = max; }
  /// Sends these bytes to whoever says something, then closes.
  void answer_raw(std::string bytes) { raw_ = std::move(bytes); }
  /// What it says to an HTTP request, and to a TLS handshake; nothing at first.
  void answer_http(std::string bytes) { http_answer_ = std::move(bytes); }
  void answer_tls(std::string bytes, int delay_ms = 0) {
    tls_answer_ = std::move(bytes);
    tls_delay_ms_ = delay_ms;
  }
  /// The same, with a pause behind the first byte.
  void answer_tls_in_pieces(std::string bytes) {
    tls_answer_ = std::move(bytes);
    tls_in_pieces_ = true;
  }
  /// Reads and never answers; also from a moment on, as a process that was stopped.
  void stay_silent() { silent_ = true; }
  /// How long it thinks about the first request.
  void set_first_answer_delay_ms(int delay_ms) { first_delay_ms_ = delay_ms; }
  /// The next replies carry correlation ids that are off by this.
  void set_correlation_shift(std::int32_t shift) { correlation_shift_ = shift; }
  /// Closes the connection in place of the n-th answer (from 1), once.
  void close_before_answer(int n) { close_before_ = n; }

  void start() {
    thread_ = std::thread([this] { serve(); });
  }

  int connections() const { return connections_; }
  /// The API keys of the requests so far, in order.
  std::vector<std::int16_t> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool wait_readable(int descriptor) const {
    while (!stopping_) {
      pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
      if (::poll(&entry, 1, 20) > 0) return true;
    }
    return false;
  }

  void serve() {
    std::vector<std::thread> sessions;
    while (wait_readable(listener_)) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) continue;
      ++connections_;
      sessions.emplace_back([this, client] {
        session(client);
        ::close(client);
      });
    }
    for (std::thread& one : sessions) one.join();
  }

  bool read_exactly(int client, MutableByteView into) const {
    while (!into.empty()) {
      if (!wait_readable(client)) return false;
      const ssize_t got = ::recv(client, into.data(), into.size(), 0);
      if (got <= 0) return false;
      into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
  }

  static void send_all(int client, ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
  }

  void send_tls_answer(int client) const {
    ByteView bytes = as_bytes(tls_answer_);
    if (tls_in_pieces_) {
      send_all(client, bytes.first(1));
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      bytes = bytes.subspan(1);
    }
    send_all(client, bytes);
  }

  void session(int client) {
    std::byte start[4];
    while (read_exactly(client, start)) {
      const auto size_bytes = load_big_endian<std::int32_t>(start);
      // Not Kafka's words, but HTTP's or TLS's.
      if (size_bytes < 0 || size_bytes > kRequestBytesMax) {
        const bool is_http = as_text(start) == "HEAD";
        if (is_http) return send_all(client, as_bytes(http_answer_));
        std::this_thread::sleep_for(std::chrono::milliseconds(tls_delay_ms_));
        return send_tls_answer(client);
      }
      Bytes frame(static_cast<std::size_t>(size_bytes));
      if (!read_exactly(client, frame)) return;
      if (silent_) continue;
      if (!raw_.empty()) return send_all(client, as_bytes(raw_));
      if (++answers_ == close_before_) return;
      if (answers_ == 1) std::this_thread::sleep_for(std::chrono::milliseconds(first_delay_ms_));
      if (!answer(client, frame)) return;
    }
  }

  bool answer(int client, const Bytes& frame) {
    const auto key = load_big_endian<std::int16_t>(frame.data());
    const auto version = load_big_endian<std::int16_t>(frame.data() + 2);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(key);
    }
    const bool is_versions = key == protocol::ApiVersions::key;
    if (!is_versions && !handlers_.contains(key)) return false;
    const protocol::Version flexible_from = is_versions ? 3 : flexible_from_[key];
    const bool flexible = version >= flexible_from;
    protocol::WireReader in(frame);
    protocol::RequestHeader header;
    protocol::decode(header, static_cast<protocol::Version>(flexible ? 2 : 1), in);
    protocol::WireWriter out;
    out.write_int<std::int32_t>(0);
    out.write_int<std::int32_t>(header.correlation_id + correlation_shift_);
    if (is_versions) {
      out.write_view(api_versions(version));
    } else {
      if (flexible) out.write_unsigned_varint(0);
      out.write_view(handlers_.at(key)(version, in));
    }
    out.patch_int32(0, static_cast<std::int32_t>(out.size_bytes() - 4));
    send_all(client, out.bytes());
    return true;
  }

  Bytes api_versions(protocol::Version version) const {
    protocol::ApiVersionsResponse response;
    protocol::WireWriter out;
    const bool refused = version > api_versions_max_;
    if (refused) {
      response.error_code = protocol::ErrorCode::UNSUPPORTED_VERSION;
      response.api_keys = {{protocol::ApiVersions::key, 0, api_versions_max_}};
    } else {
      for (const auto& [key, range] : versions_) {
        response.api_keys.push_back({key, range.first, range.second});
      }
    }
    protocol::encode(response, refused ? protocol::Version{0} : version, out);
    return out.take().bytes;
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::map<std::int16_t, std::pair<protocol::Version, protocol::Version>> versions_;
  std::map<std::int16_t, protocol::Version> flexible_from_;
  std::map<std::int16_t, Handler> handlers_;
  protocol::Version api_versions_max_ = 4;
  static constexpr std::int32_t kRequestBytesMax = 100 << 20;
  std::string raw_;
  std::string http_answer_;
  std::string tls_answer_;
  std::atomic<bool> silent_ = false;
  std::int32_t correlation_shift_ = 0;
  std::atomic<int> answers_ = 0;
  int close_before_ = 0;
  int tls_delay_ms_ = 0;
  bool tls_in_pieces_ = false;
  int first_delay_ms_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::int16_t> requests_;
  std::thread thread_;
};

}  // namespace kreel::test
