#include "sim/network.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "broker/dispatch.hpp"

namespace kreel::sim {

class Connection::Sink final : public broker::ReplySink {
 public:
  explicit Sink(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}

  void reply(std::uint64_t request_number, protocol::WireParts frame) override {
    Bytes whole;
    std::size_t at = 0;
    for (const auto& part : frame.files) {
      whole.insert(whole.end(), frame.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   frame.bytes.begin() + static_cast<std::ptrdiff_t>(part.at));
      const ByteView records = part.records.bytes();
      whole.insert(whole.end(), records.begin(), records.end());
      at = part.at;
    }
    whole.insert(whole.end(), frame.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 frame.bytes.end());
    whole.erase(whole.begin(), whole.begin() + 4);
    if (const auto to = connection_.lock()) to->answered(request_number, std::move(whole));
  }
  void no_reply(std::uint64_t request_number) override {
    if (const auto to = connection_.lock()) to->answered(request_number, std::nullopt);
  }
  /// No quotas are simulated.
  void throttle(std::uint64_t, std::int32_t) override {}
  void hold(std::uint64_t request_number) override {
    if (const auto to = connection_.lock()) to->hold(request_number);
  }
  void go_on(std::uint64_t request_number) override {
    if (const auto to = connection_.lock()) to->go_on(request_number);
  }
  void close(const std::string& why) override {
    const auto to = connection_.lock();
    if (!to || !to->is_open()) return;
    to->world_.trace("closed by the broker: " + why);
    to->close();
  }
  bool is_closed() const override {
    const auto to = connection_.lock();
    return !to || !to->is_open();
  }

 private:
  std::weak_ptr<Connection> connection_;
};

Connection::Connection(World& world, Node& node, const Weather& weather, std::size_t io,
                       std::uint64_t id)
    : world_(world), node_(node), weather_(weather), io_(io), life_(node.life()) {
  info_.id = id;
  info_.peer_host = "127.0.0.1";
  info_.peer_address = fmt::format("127.0.0.1:{}", 40'000 + id);
  info_.listener_name = "PLAINTEXT";
}

std::int64_t Connection::delay() {
  if (weather_.slow_one_in > 0 && world_.one_in(weather_.slow_one_in)) return 1'000;
  return world_.between(0, weather_.delay_max_ms);
}

bool Connection::is_lost() {
  return weather_.drop_one_in > 0 && world_.one_in(weather_.drop_one_in);
}

void Connection::send(Bytes frame, OnReply on_reply) {
  if (!sink_) sink_ = std::make_shared<Sink>(weak_from_this());
  const auto number = ++last_number_;
  callers_.emplace(number, std::move(on_reply));
  last_arrival_ms_ = std::max(last_arrival_ms_, world_.now_ms() + delay());
  to_broker_.push_back({number, std::move(frame), is_lost()});
  world_.after_ms(last_arrival_ms_ - world_.now_ms(),
                  [self = shared_from_this()] { self->arrive(); });
}

void Connection::arrive() {
  if (!is_open()) return close();
  Message message = std::move(to_broker_.front());
  to_broker_.pop_front();
  if (message.lost) return close();
  waiting_.push_back(std::move(message));
  start_requests_soon();
}

void Connection::go_on(std::uint64_t number) {
  if (held_ == number) held_ = 0;
  if (is_open()) start_requests_soon();
}

void Connection::start_requests_soon() {
  if (waiting_.empty()) return;
  node_.io(io_).executor().post([self = shared_from_this()] { self->start_requests(); });
}

void Connection::start_requests() {
  std::vector<std::shared_ptr<Bytes>> turn;
  while (is_open() && !waiting_.empty() && held_ == 0) {
    const bool alone = running_.empty();
    const bool overlaps = !alone && broker::may_overlap(*waiting_.front().frame) &&
                          std::ranges::all_of(running_, [](const auto& one) {
                            return broker::may_overlap(*one.second);
                          });
    if (!alone && !overlaps) break;
    const auto number = waiting_.front().number;
    const auto frame = std::make_shared<Bytes>(std::move(*waiting_.front().frame));
    running_.emplace(number, frame);
    turn.push_back(frame);
    waiting_.pop_front();
    const auto problem = broker::dispatch(
        node_.broker(), node_.io(io_), info_,
        {.frame = *frame, .number = number, .sink = sink_, .more_follow = !waiting_.empty()});
    if (problem) {
      world_.violation("a request is refused: " + *problem);
      close();
    }
  }
  if (!turn.empty()) broker::finish_turn(node_.io(io_));
}

void Connection::answered(std::uint64_t number, std::optional<Bytes> frame) {
  if (!is_open() || node_.is_frozen()) return;
  running_.erase(number);
  if (held_ == number) held_ = 0;
  done_.emplace(number, std::move(frame));
  for (auto first = done_.find(next_reply_); first != done_.end();
       first = done_.find(next_reply_)) {
    last_reply_ms_ = std::max(last_reply_ms_, world_.now_ms() + delay());
    to_client_.push_back({next_reply_, std::move(first->second), is_lost()});
    world_.after_ms(last_reply_ms_ - world_.now_ms(),
                    [self = shared_from_this()] { self->deliver(); });
    done_.erase(first);
    ++next_reply_;
  }
  if (forsaken_ && running_.empty() && waiting_.empty() && to_broker_.empty()) return close();
  start_requests_soon();
}

void Connection::deliver() {
  if (!open_) return;
  Message message = std::move(to_client_.front());
  to_client_.pop_front();
  if (message.lost) return close();
  // Nobody, when the client has turned away.
  if (const auto caller = callers_.find(message.number); caller != callers_.end()) {
    const auto on_reply = std::move(caller->second);
    callers_.erase(caller);
    on_reply(std::move(message.frame));
  }
  if (ending_ && to_client_.empty()) close();
}

void Connection::end() {
  ending_ = true;
  if (to_client_.empty()) close();
}

void Connection::close() {
  open_ = false;
  waiting_.clear();
  to_broker_.clear();
  to_client_.clear();
  tell_callers();
  const auto last_hold = std::move(forsaken_);
}

void Connection::forsake() {
  tell_callers();
  if (is_open() && (!running_.empty() || !waiting_.empty() || !to_broker_.empty())) {
    forsaken_ = shared_from_this();
  } else {
    close();
  }
}

void Connection::tell_callers() {
  auto callers = std::move(callers_);
  callers_.clear();
  to_be_told_ += callers.size();
  for (auto& [number, on_reply] : callers) {
    world_.after_ms(0, [self = shared_from_this(), on_reply = std::move(on_reply)] {
      --self->to_be_told_;
      on_reply(std::nullopt);
    });
  }
}

void Client::disconnect() {
  if (connection_) connection_->close();
  connection_.reset();
}

void Client::forsake() {
  if (connection_) connection_->forsake();
  connection_.reset();
}

protocol::WireWriter Client::begin(protocol::ApiKey key, protocol::Version version) {
  protocol::WireWriter out;
  out.write_int(static_cast<std::int16_t>(key));
  out.write_int(version);
  out.write_int(++last_correlation_);
  out.write_string_length(static_cast<std::int64_t>(name_.size()), false);
  out.write_view(as_bytes(name_));
  if (protocol::request_header_version(key, version) >= 2) out.write_unsigned_varint(0);
  return out;
}

void Client::send(Bytes frame, Connection::OnReply on_reply) {
  if (connection_ && connection_->is_over()) disconnect();
  if (!connection_ && node_.is_up()) {
    const auto io =
        static_cast<std::size_t>(world_.below(static_cast<std::int64_t>(node_.io_threads())));
    connection_ = std::make_shared<Connection>(world_, node_, weather_, io,
                                               static_cast<std::uint64_t>(world_.below(20'000)));
    node_.at_death([weak = std::weak_ptr(connection_)] {
      if (const auto connection = weak.lock()) connection->end();
    });
  }
  if (!connection_ || !connection_->is_open()) {
    world_.after_ms(1, [on_reply = std::move(on_reply)] { on_reply(std::nullopt); });
    return;
  }
  connection_->send(std::move(frame), std::move(on_reply));
}

}  // namespace kreel::sim
