// A raw fetch reader: Fetch v11 without a session, one request in flight, batches walked by their
// headers only. What it costs is next to nothing, so the broker's side of a fetch can be measured.
#include <algorithm>
#include <limits>

#include "batch.hpp"
#include "net.hpp"
#include "report.hpp"

namespace bench {
namespace {

constexpr std::string_view kUsage =
    "drain HOST:PORT [options]: reads one partition and prints one JSON object\n"
    "  --topic NAME     (bench)\n"
    "  --partition N    (0)\n"
    "  --offset N       where to start (0)\n"
    "  --end N          where to stop; the high watermark of the first reply without it\n"
    "  --loops N        read the range N times (1)\n"
    "  --seconds S      stop after S seconds at the latest\n"
    "  --max-bytes N    per fetch (1048576)\n"
    "  --max-wait-ms N  how long the broker may wait for the first byte (500)\n"
    "  --crc 0|1|3      check each batch: no, one SSE4.2 stream, ISA-L's three streams (0)\n";

struct Options {
  std::string topic;
  std::int32_t partition, max_bytes, max_wait_ms;
  std::int64_t offset, end, loops;
  double seconds;
  Crc crc;
};

class Drain {
 public:
  Drain(const Endpoint& broker, const Options& options)
      : options_(options), fd_(connect_to(broker)), offset_(options.offset), end_(options.end) {
    encode_request();
  }

  void run() {
    const auto started = now_ns();
    const auto deadline = options_.seconds > 0
                              ? started + static_cast<std::int64_t>(options_.seconds * 1e9)
                              : std::numeric_limits<std::int64_t>::max();
    auto now = started;
    for (auto loops = options_.loops; loops > 0 && now < deadline;) {
      fetch();
      const auto answered = now_ns();
      latencies_.add(answered - now);
      now = answered;
      if (offset_ < end_) continue;
      offset_ = options_.offset;
      --loops;
    }
    print(static_cast<double>(now - started) / 1e9);
  }

 private:
  void encode_request() {
    const auto frame = open_request(request_, 1, 11, 0);
    request_.put<std::int32_t>(-1);  // a consumer
    request_.put(options_.max_wait_ms);
    request_.put<std::int32_t>(1);  // min bytes
    request_.put(std::max(options_.max_bytes, 50 << 20));
    request_.put<std::int8_t>(0);   // isolation level
    request_.put<std::int32_t>(0);  // no session
    request_.put<std::int32_t>(-1);
    request_.put<std::int32_t>(1);
    request_.string(options_.topic);
    request_.put<std::int32_t>(1);
    request_.put(options_.partition);
    request_.put<std::int32_t>(-1);  // leader epoch
    offset_at_ = request_.size();
    request_.put<std::int64_t>(0);
    request_.put<std::int64_t>(-1);  // log start offset
    request_.put(options_.max_bytes);
    request_.put<std::int32_t>(0);  // nothing forgotten
    request_.string("");            // rack
    request_.close_frame(frame);
  }

  void fetch() {
    store_be(request_.data() + offset_at_, offset_);
    if (!send_all(fd_, request_.data(), request_.size())) fail("the broker closed the connection");
    Reader in(receive_frame(fd_, buffer_));
    in.take(8);  // correlation id, throttle time
    expect_no_error(in.get<std::int16_t>());
    in.take(4);  // session
    if (in.get<std::int32_t>() != 1) fail("not one topic in the response");
    in.string();
    if (in.get<std::int32_t>() != 1) fail("not one partition in the response");
    in.take(4);
    expect_no_error(in.get<std::int16_t>());
    const auto high_watermark = in.get<std::int64_t>();
    if (end_ < 0) end_ = high_watermark;
    in.take(16);  // last stable offset, log start offset
    const auto aborted = in.get<std::int32_t>();
    in.take(aborted > 0 ? static_cast<std::size_t>(aborted) * 16 : 0);
    in.take(4);  // preferred replica
    ++requests_;
    walk(in.bytes());
  }

  // The last batch of a reply may be cut off; it comes whole with the next one.
  void walk(std::span<std::uint8_t> records) {
    bytes_ += records.size();
    while (records.size() >= kBatchHeaderBytes && batch_bytes(records.data()) <= records.size()) {
      auto* batch = records.data();
      const auto size = batch_bytes(batch);
      if (size < kBatchHeaderBytes) fail("a batch is shorter than its header");
      if (options_.crc != nullptr && options_.crc(batch + kCheckedFrom, size - kCheckedFrom) !=
                                         load_be<std::uint32_t>(batch + kCrcAt))
        fail("CRC mismatch at offset " + std::to_string(load_be<std::int64_t>(batch)));
      const auto last =
          load_be<std::int64_t>(batch) + load_be<std::int32_t>(batch + kLastOffsetDeltaAt);
      if (last < offset_) fail("offsets run backwards at " + std::to_string(last));
      records_ += last + 1 - offset_;
      offset_ = last + 1;
      records = records.subspan(size);
    }
  }

  static void expect_no_error(std::int16_t code) {
    if (code != 0) fail("error code " + std::to_string(code));
  }

  void print(double seconds) const {
    const auto bytes = static_cast<double>(bytes_);
    std::printf(R"({"requests":%lld,"records":%lld,"bytes":%.0f,"next_offset":%lld,"seconds":%.6f,)"
                R"("mb_per_s":%.2f,"records_per_s":%.0f,"cpu_s":%.4f,)",
                static_cast<long long>(requests_), static_cast<long long>(records_), bytes,
                static_cast<long long>(offset_), seconds, bytes / seconds / 1e6,
                static_cast<double>(records_) / seconds, cpu_seconds());
    latencies_.print();
    std::printf("}\n");
  }

  const Options& options_;
  int fd_;
  std::int64_t offset_;
  std::int64_t end_;
  Writer request_;
  std::size_t offset_at_ = 0;
  std::vector<std::uint8_t> buffer_;
  std::int64_t requests_ = 0;
  std::int64_t records_ = 0;
  std::size_t bytes_ = 0;
  Histogram latencies_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  bench::Args args(argc, argv, bench::kUsage);
  bench::Options options{};
  options.topic = args.text("topic", "bench");
  options.partition = args.number<std::int32_t>("partition", 0);
  options.offset = args.number<std::int64_t>("offset", 0);
  options.end = args.number<std::int64_t>("end", -1);
  options.loops = args.number<std::int64_t>("loops", 1);
  options.seconds = args.number<double>("seconds", 0);
  options.max_bytes = args.number<std::int32_t>("max-bytes", 1 << 20);
  options.max_wait_ms = args.number<std::int32_t>("max-wait-ms", 500);
  options.crc = bench::crc_of(args.number("crc", 0));
  const auto broker = bench::endpoint(args.finish(1)[0]);
  bench::Drain(broker, options).run();
} catch (const std::out_of_range&) {
  bench::fail("the broker sent a malformed response");
}
