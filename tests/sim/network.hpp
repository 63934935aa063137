#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "protocol/all_messages.hpp"
#include "protocol/api.hpp"
#include "protocol/codec.hpp"
#include "sim/node.hpp"

namespace kreel::sim {

/// How the network behaves, in effect for what is sent from now on.
struct Weather {
  std::int64_t delay_max_ms = 2;
  /// One message in so many takes a second; 0 none.
  std::int64_t slow_one_in = 0;
  /// One message in so many closes its connection instead of arriving; 0 none.
  std::int64_t drop_one_in = 0;
};

/// A client's connection, both of its ends: frames arrive in order, or never. The broker's end does
/// what net::Connection does: a request starts when all before it are answered, Produce after
/// Produce at once unless one asks for its turn, and replies leave in the order of the requests.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(World& world, Node& node, const Weather& weather, std::size_t io, std::uint64_t id);

  /// `on_reply` gets the frame without its size, or nothing when the connection is closed first.
  using OnReply = std::function<void(std::optional<Bytes>)>;
  void send(Bytes frame, OnReply on_reply);
  bool is_open() const { return open_ && node_.life() == life_; }
  /// Closed, and everybody who waited for a reply knows: only then a client opens another one, or a
  /// later batch would overtake one that is lost.
  bool is_over() const { return !open_ && to_be_told_ == 0; }
  void close();
  /// The client turns away, as after its timeout: what it has sent still arrives, and is served.
  void forsake();
  /// The broker is gone: what it had sent still arrives.
  void end();

 private:
  class Sink;
  struct Message {
    std::uint64_t number = 0;
    std::optional<Bytes> frame;  ///< nothing: a request that has no reply
    bool lost = false;           ///< closes the connection instead of arriving
  };
  std::int64_t delay();
  bool is_lost();
  void tell_callers();
  void arrive();
  void deliver();
  void start_requests();
  void answered(std::uint64_t number, std::optional<Bytes> frame);
  void hold(std::uint64_t number) { held_ = number; }
  void go_on(std::uint64_t number);
  /// Not from inside of the handler that runs.
  void start_requests_soon();

  World& world_;
  Node& node_;
  const Weather& weather_;
  std::size_t io_;
  int life_;
  broker::ConnectionInfo info_;
  std::shared_ptr<Sink> sink_;
  bool open_ = true;
  std::size_t to_be_told_ = 0;
  bool ending_ = false;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, OnReply> callers_;
  // Arrivals and replies may not overtake each other.
  std::int64_t last_arrival_ms_ = 0;
  std::int64_t last_reply_ms_ = 0;
  std::deque<Message> to_broker_;
  std::deque<Message> waiting_;
  std::deque<Message> to_client_;
  std::map<std::uint64_t, std::shared_ptr<Bytes>> running_;  // until answered
  std::uint64_t held_ = 0;                                   // nothing is started behind it
  std::shared_ptr<Connection> forsaken_;  // itself, until all that was sent is served
  std::map<std::uint64_t, std::optional<Bytes>> done_;
  std::uint64_t next_reply_ = 1;
};

/// A client's way to the broker: connects anew when it has to.
class Client {
 public:
  Client(World& world, Node& node, const Weather& weather, std::string name)
      : world_(world), node_(node), weather_(weather), name_(std::move(name)) {}
  ~Client() { disconnect(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// `done` gets the reply, or nullopt when nobody knows whether the request was served. Not called
  /// inside of call().
  template <class Api>
  void call(const typename Api::Request& request,
            std::function<void(std::optional<typename Api::Response>)> done,
            std::optional<protocol::Version> version = std::nullopt);
  void disconnect();
  /// As disconnect(), but what is on its way arrives.
  void forsake();
  const std::string& name() const { return name_; }

 private:
  void send(Bytes frame, Connection::OnReply on_reply);
  protocol::WireWriter begin(protocol::ApiKey key, protocol::Version version);

  World& world_;
  Node& node_;
  const Weather& weather_;
  std::string name_;
  std::shared_ptr<Connection> connection_;
  std::int32_t last_correlation_ = 0;
};

template <class Api>
void Client::call(const typename Api::Request& request,
                  std::function<void(std::optional<typename Api::Response>)> done,
                  std::optional<protocol::Version> version) {
  const auto key = static_cast<protocol::ApiKey>(Api::key);
  const auto used = version.value_or(protocol::api_info(key).max);
  protocol::WireWriter out = begin(key, used);
  protocol::encode(request, used, out);
  if (out.failed()) return world_.violation(name_ + ": " + std::string(out.error()));
  send(out.take().bytes, [this, key, used, done = std::move(done)](std::optional<Bytes> frame) {
    if (!frame) return done(std::nullopt);
    const std::size_t header = protocol::response_header_version(key, used) >= 1 ? 5 : 4;
    protocol::WireReader in(ByteView(*frame).subspan(header));
    typename Api::Response response;
    protocol::decode(response, used, in);
    if (in.failed() || in.remaining() != 0) return world_.violation(name_ + ": malformed reply");
    done(std::move(response));
  });
}

}  // namespace kreel::sim
