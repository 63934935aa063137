// A produce load whose client side costs next to nothing: requests are encoded once, then sent
// again and again, with only the correlation id changed. Closed loop by default: --depth requests
// in flight on each connection. With --rate an open loop: a request's latency counts from when it
// was due, not from when it could be sent.
#include <sys/epoll.h>

#include <algorithm>
#include <limits>

#include "batch.hpp"
#include "net.hpp"
#include "report.hpp"

namespace bench {
namespace {

constexpr std::string_view kUsage =
    "blast HOST:PORT [options]: produces and prints one JSON object\n"
    "  --topic NAME        (bench)\n"
    "  --record-bytes N    value of each record (100)\n"
    "  --batch-bytes N     batch size to fill; 0 is one record a batch (0)\n"
    "  --keyed 1           keys, other ones in each of the --depth requests that are sent in turn\n"
    "  --partitions N      batches per request, one for each of partitions 0 to N-1 (1)\n"
    "  --connections N     (1)\n"
    "  --depth N           requests in flight per connection (1)\n"
    "  --acks -1|0|1       (1)\n"
    "  --api-version 3..8  of Produce (7)\n"
    "  --requests N        stop after N requests, or\n"
    "  --seconds S         after S seconds (3)\n"
    "  --rate R            open loop: R requests per second over all connections\n"
    "  --check 1           ask Metadata first whether the topic has these partitions\n";

struct Options {
  std::string topic;
  std::size_t record_bytes, batch_bytes, depth, connections;
  std::int32_t partitions, check, keyed;
  std::int16_t acks, version;
  std::uint64_t requests;
  double seconds, rate;
};

std::vector<std::uint8_t> encode_request(const Options& options,
                                         std::span<const std::uint8_t> batch) {
  Writer out;
  const auto frame = open_request(out, 0, options.version, 0);
  out.put<std::int16_t>(-1);  // no transactional id
  out.put(options.acks);
  out.put<std::int32_t>(30'000);  // timeout
  out.put<std::int32_t>(1);
  out.string(options.topic);
  out.put(options.partitions);
  for (std::int32_t i = 0; i < options.partitions; ++i) {
    out.put(i);
    out.put(static_cast<std::int32_t>(batch.size()));
    out.raw(batch.data(), batch.size());
  }
  out.close_frame(frame);
  return out.release();
}

using Requests = std::vector<std::vector<std::uint8_t>>;  // of equal size

void expect_no_error(std::int16_t code, std::int32_t partition) {
  if (code != 0)
    fail("partition " + std::to_string(partition) + ": error code " + std::to_string(code));
}

void check_response(Reader in, std::int16_t version, std::int32_t correlation_id) {
  if (in.get<std::int32_t>() != correlation_id) fail("responses are out of order");
  for (auto topics = in.get<std::int32_t>(); topics > 0; --topics) {
    in.string();
    for (auto partitions = in.get<std::int32_t>(); partitions > 0; --partitions) {
      const auto partition = in.get<std::int32_t>();
      expect_no_error(in.get<std::int16_t>(), partition);
      in.take(version >= 5 ? 24 : 16);  // base offset, append time, log start offset
      if (version < 8) continue;
      for (auto errors = in.get<std::int32_t>(); errors > 0; --errors) {
        in.take(4);
        in.string();
      }
      in.string();
    }
  }
}

void check_topic(const Endpoint& broker, const Options& options) {
  const int fd = connect_to(broker);
  Writer out;
  const auto frame = open_request(out, 3, 1, 0);
  out.put<std::int32_t>(1);
  out.string(options.topic);
  out.close_frame(frame);
  send_all(fd, out.data(), out.size());
  std::vector<std::uint8_t> buffer;
  Reader in(receive_frame(fd, buffer));
  close(fd);
  in.take(4);
  for (auto brokers = in.get<std::int32_t>(); brokers > 0; --brokers) {
    in.take(4);
    in.string();
    in.take(4);
    in.string();
  }
  in.take(4);  // controller
  for (auto topics = in.get<std::int32_t>(); topics > 0; --topics) {
    const auto error = in.get<std::int16_t>();
    const auto name = in.string();
    if (name != options.topic) fail("the broker does not know topic " + options.topic);
    if (error != 0) fail(options.topic + ": error code " + std::to_string(error));
    in.take(1);
    if (in.get<std::int32_t>() < options.partitions)
      fail(options.topic + " has too few partitions");
    return;
  }
  fail("the broker does not know topic " + options.topic);
}

// A request occupies one of `depth` equal slots of a ring, so the bytes to send are always one or
// two runs of it, and positions in the stream of requests follow from counts.
class Connection {
 public:
  Connection(int fd, const Requests& requests, const Options& options)
      : fd_(fd),
        options_(options),
        request_bytes_(requests.front().size()),
        due_(options.depth),
        in_(std::max<std::size_t>(64 << 10, 64 * static_cast<std::size_t>(options.partitions))) {
    for (std::size_t i = 0; i < options.depth; ++i) {
      const auto& request = requests[i % requests.size()];
      ring_.insert(ring_.end(), request.begin(), request.end());
    }
  }

  bool may_issue() const { return issued_ - done_ < options_.depth; }
  void issue(std::int64_t due_ns) {
    const auto slot = issued_ % options_.depth;
    store_be(ring_.data() + slot * request_bytes_ + 8, static_cast<std::int32_t>(issued_));
    due_[slot] = due_ns;
    ++issued_;
  }
  void send_issued() {
    while (sent_bytes_ < issued_ * request_bytes_) {
      const auto from = sent_bytes_ % ring_.size();
      const auto count = std::min(issued_ * request_bytes_ - sent_bytes_, ring_.size() - from);
      const auto sent = send(fd_, ring_.data() + from, count, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EAGAIN) break;
      if (sent < 0) fail("the broker closed the connection");
      sent_bytes_ += static_cast<std::uint64_t>(sent);
    }
    if (options_.acks == 0) done_ = sent_bytes_ / request_bytes_;
  }
  bool wants_to_send() const { return sent_bytes_ < issued_ * request_bytes_; }
  void receive(Histogram& latencies) {
    const auto got = recv(fd_, in_.data() + filled_, in_.size() - filled_, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("the broker closed the connection");
    filled_ += static_cast<std::size_t>(got);
    const auto now = now_ns();
    std::size_t at = 0;
    while (filled_ - at >= 4) {
      const auto size = load_be<std::uint32_t>(in_.data() + at);
      if (size > in_.size() - 4) in_.resize(size + 4);
      if (filled_ - at - 4 < size) break;
      check_response(Reader({in_.data() + at + 4, size}), options_.version,
                     static_cast<std::int32_t>(done_));
      latencies.add(now - due_[done_ % options_.depth]);
      ++done_;
      at += 4 + size;
    }
    filled_ -= at;
    if (at > 0 && filled_ > 0) std::memmove(in_.data(), in_.data() + at, filled_);
  }

  int fd() const { return fd_; }
  std::uint64_t issued() const { return issued_; }
  std::uint64_t done() const { return done_; }
  std::uint64_t quota = 0;
  bool watched_for_writing = false;

 private:
  int fd_;
  const Options& options_;
  std::size_t request_bytes_;
  std::vector<std::uint8_t> ring_;
  std::vector<std::int64_t> due_;
  std::vector<std::uint8_t> in_;
  std::size_t filled_ = 0;
  std::uint64_t issued_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

class Load {
 public:
  Load(const Endpoint& broker, const Requests& requests, const Options& options)
      : options_(options) {
    connections_.reserve(options.connections);
    for (std::size_t i = 0; i < options.connections; ++i) {
      auto& connection = connections_.emplace_back(connect_to(broker), requests, options);
      connection.quota = options.requests / options.connections +
                         (i < options.requests % options.connections ? 1 : 0);
      watch(i, EPOLL_CTL_ADD);
    }
  }

  // Returns how long it took, in ns, from the first request to the last answer.
  std::int64_t run() {
    started_ = now_ns();
    if (options_.seconds > 0)
      deadline_ = started_ + static_cast<std::int64_t>(options_.seconds * 1e9);
    for (std::size_t i = 0; i < connections_.size(); ++i) push(i);
    epoll_event events[64];
    while (!finished()) {
      const auto pause = pause_ns();
      const timespec timeout{.tv_sec = pause / 1'000'000'000, .tv_nsec = pause % 1'000'000'000};
      const int count = epoll_pwait2(epoll_, events, std::size(events), &timeout, nullptr);
      for (int i = 0; i < count; ++i) {
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
          connections_[events[i].data.u64].receive(latencies_);
        push(events[i].data.u64);
      }
      if (options_.rate > 0)
        for (std::size_t i = 0; i < connections_.size(); ++i) push(i);
    }
    return now_ns() - started_;
  }

  std::uint64_t done() const {
    std::uint64_t sum = 0;
    for (const auto& connection : connections_) sum += connection.done();
    return sum;
  }
  const Histogram& latencies() const { return latencies_; }

 private:
  // When the connection's next request is due in the open loop.
  std::int64_t due_ns(std::size_t index) const {
    const auto request = connections_[index].issued() * connections_.size() + index;
    return started_ + static_cast<std::int64_t>(static_cast<double>(request) * 1e9 / options_.rate);
  }
  void push(std::size_t index) {
    auto& connection = connections_[index];
    const auto now = now_ns();
    const bool open_loop = options_.rate > 0;
    while (connection.may_issue() && connection.issued() < connection.quota && now < deadline_) {
      const auto due = open_loop ? due_ns(index) : now;
      if (due > now) break;
      connection.issue(due);
    }
    connection.send_issued();
    if (connection.wants_to_send() != connection.watched_for_writing ||
        (options_.acks == 0 && !connection.watched_for_writing)) {
      connection.watched_for_writing = connection.wants_to_send() || options_.acks == 0;
      watch(index, EPOLL_CTL_MOD);
    }
  }
  void watch(std::size_t index, int operation) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (connections_[index].watched_for_writing) event.events |= EPOLLOUT;
    event.data.u64 = index;
    epoll_ctl(epoll_, operation, connections_[index].fd(), &event);
  }
  std::int64_t pause_ns() const {
    const auto now = now_ns();
    auto next = now + 100'000'000;
    if (options_.rate > 0)
      for (std::size_t i = 0; i < connections_.size(); ++i)
        if (connections_[i].may_issue() && connections_[i].issued() < connections_[i].quota)
          next = std::min(next, due_ns(i));
    return std::max<std::int64_t>(0, next - now);
  }
  bool finished() const {
    const bool over = now_ns() >= deadline_;
    return std::all_of(connections_.begin(), connections_.end(), [&](const auto& connection) {
      return connection.done() == connection.issued() &&
             (over || connection.issued() == connection.quota);
    });
  }

  const Options& options_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections_;
  Histogram latencies_;
  std::int64_t started_ = 0;
  std::int64_t deadline_ = std::numeric_limits<std::int64_t>::max();
};

void run(const Endpoint& broker, const Options& options) {
  if (options.check != 0) check_topic(broker, options);
  const auto batch = make_batch(options.batch_bytes, options.record_bytes, options.keyed != 0);
  const auto records = load_be<std::int32_t>(batch.data() + kBatchHeaderBytes - 4);
  Requests requests;
  for (std::size_t i = 0; i < (options.keyed != 0 ? options.depth : 1); ++i) {
    requests.push_back(
        encode_request(options, make_batch(options.batch_bytes, options.record_bytes,
                                           options.keyed != 0, static_cast<std::int32_t>(i))));
  }
  Load load(broker, requests, options);
  const double seconds = static_cast<double>(load.run()) / 1e9;
  const auto done = static_cast<double>(load.done());
  const auto partitions = static_cast<double>(options.partitions);
  const double bytes = done * partitions * static_cast<double>(batch.size());
  std::printf(
      R"({"requests":%.0f,"batch_bytes":%zu,"batch_records":%d,"bytes":%.0f,"seconds":%.6f,)"
      R"("mb_per_s":%.2f,"records_per_s":%.0f,"requests_per_s":%.0f,"cpu_s":%.4f,)",
      done, batch.size(), records, bytes, seconds, bytes / seconds / 1e6,
      done * partitions * records / seconds, done / seconds, cpu_seconds());
  load.latencies().print();
  std::printf("}\n");
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  bench::Args args(argc, argv, bench::kUsage);
  bench::Options options{};
  options.topic = args.text("topic", "bench");
  options.record_bytes = args.number<std::size_t>("record-bytes", 100);
  options.batch_bytes = args.number<std::size_t>("batch-bytes", 0);
  options.depth = args.number<std::size_t>("depth", 1);
  options.connections = args.number<std::size_t>("connections", 1);
  options.partitions = args.number<std::int32_t>("partitions", 1);
  options.keyed = args.number<std::int32_t>("keyed", 0);
  options.check = args.number<std::int32_t>("check", 0);
  options.acks = args.number<std::int16_t>("acks", 1);
  options.version = args.number<std::int16_t>("api-version", 7);
  options.rate = args.number<double>("rate", 0);
  options.requests =
      args.number<std::uint64_t>("requests", std::numeric_limits<std::uint64_t>::max());
  const bool counted = options.requests != std::numeric_limits<std::uint64_t>::max();
  options.seconds = args.number<double>("seconds", counted ? 0 : 3);
  const auto broker = bench::endpoint(args.finish(1)[0]);
  if (options.depth == 0 || options.connections == 0 || options.partitions < 1)
    bench::fail("--depth, --connections and --partitions are at least 1");
  if (options.version < 3 || options.version > 8) bench::fail("--api-version is 3 to 8");
  bench::run(broker, options);
} catch (const std::out_of_range&) {
  bench::fail("the broker sent a malformed response");
}
