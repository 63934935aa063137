// A produce load of one producer: plain, idempotent or transactional, each batch with its own
// sequence and checksum. With --mode transactional a commit ends each --requests-per-transaction
// requests; its time counts from EndTxn to its answer. Speaks the first version of the transaction
// protocol.
#include <limits>
#include <optional>

#include "batch.hpp"
#include "net.hpp"
#include "report.hpp"

namespace bench {
namespace {

constexpr std::string_view kUsage =
    "transactions HOST:PORT [options]: produces and prints one JSON object\n"
    "  --mode plain|idempotent|transactional   (transactional)\n"
    "  --topic NAME                 partition 0 of it (bench)\n"
    "  --record-bytes N             value of each record (100)\n"
    "  --batch-bytes N              batch size to fill; 0 is one record a batch (0)\n"
    "  --depth N                    requests in flight (1)\n"
    "  --requests N                 stop after N requests (1000)\n"
    "  --requests-per-transaction N (1)\n";

constexpr std::int16_t kProduce = 0, kInitProducerId = 22, kAddPartitionsToTxn = 24, kEndTxn = 26;
constexpr std::int16_t kProduceVersion = 7;
constexpr std::int16_t kCoordinatorLoading = 14, kConcurrentTransactions = 51;
constexpr std::size_t kAttributesAt = 21, kProducerIdAt = 43, kEpochAt = 51, kSequenceAt = 53;
constexpr std::string_view kTransactionalId = "bench";

enum class Mode { kPlain, kIdempotent, kTransactional };

struct Options {
  Mode mode;
  std::string topic;
  std::size_t record_bytes, batch_bytes, depth;
  std::uint64_t requests, requests_per_transaction;
};

class Producer {
 public:
  Producer(const Endpoint& broker, const Options& options)
      : options_(options),
        fd_(connect_to(broker)),
        batch_(make_batch(options.batch_bytes, options.record_bytes)),
        records_(load_be<std::int32_t>(batch_.data() + kBatchHeaderBytes - 4)) {
    if (options.mode != Mode::kPlain) become_idempotent();
    if (is_transactional()) {
      const auto attributes = load_be<std::int16_t>(batch_.data() + kAttributesAt);
      store_be(batch_.data() + kAttributesAt, static_cast<std::int16_t>(attributes | 0x10));
    }
  }

  void run() {
    const auto began = now_ns();
    for (std::uint64_t done = 0; done < options_.requests;) {
      const auto left = options_.requests - done;
      const auto count =
          is_transactional() ? std::min(left, options_.requests_per_transaction) : left;
      if (is_transactional()) add_partition();
      produce(count);
      if (is_transactional()) commit();
      done += count;
    }
    seconds_ = static_cast<double>(now_ns() - began) / 1e9;
  }

  void print() const {
    const auto requests = static_cast<double>(options_.requests);
    std::printf(R"({"requests":%.0f,"bytes":%.0f,"records":%.0f,"seconds":%.6f,"cpu_s":%.4f,)"
                R"("transactions":%llu,"transactions_per_s":%.0f,)",
                requests, requests * static_cast<double>(batch_.size()), requests * records_,
                seconds_, cpu_seconds(), static_cast<unsigned long long>(transactions_),
                static_cast<double>(transactions_) / seconds_);
    commits_.print();
    std::printf("}\n");
  }

 private:
  bool is_transactional() const { return options_.mode == Mode::kTransactional; }

  /// Sends a request of the first header version; the answer begins behind its correlation id.
  Reader ask(std::int16_t key, const auto& body) {
    Writer out;
    const auto frame = open_request(out, key, 0, ++correlation_);
    body(out);
    out.close_frame(frame);
    if (!send_all(fd_, out.data(), out.size())) fail("the broker closed the connection");
    return answer();
  }

  Reader answer() {
    Reader in(receive_frame(fd_, buffer_));
    in.take(4);
    return in;
  }

  /// Asks until the coordinator is ready and has ended the transaction before.
  void ask_until_done(const char* what, const auto& ask_once) {
    std::int16_t code = kCoordinatorLoading;
    const auto deadline = now_ns() + 30'000'000'000;
    while (code == kCoordinatorLoading || code == kConcurrentTransactions) {
      if (now_ns() > deadline) break;
      code = ask_once();
    }
    if (code != 0) fail(std::string(what) + ": error code " + std::to_string(code));
  }

  void become_idempotent() {
    ask_until_done("InitProducerId", [&] {
      auto in = ask(kInitProducerId, [&](Writer& out) {
        if (is_transactional()) {
          out.string(kTransactionalId);
        } else {
          out.put<std::int16_t>(-1);
        }
        out.put<std::int32_t>(60'000);
      });
      in.take(4);
      const auto code = in.get<std::int16_t>();
      producer_id_ = in.get<std::int64_t>();
      epoch_ = in.get<std::int16_t>();
      return code;
    });
    store_be(batch_.data() + kProducerIdAt, producer_id_);
    store_be(batch_.data() + kEpochAt, epoch_);
  }

  void put_producer(Writer& out) const {
    out.string(kTransactionalId);
    out.put(producer_id_);
    out.put(epoch_);
  }

  void add_partition() {
    ask_until_done("AddPartitionsToTxn", [&] {
      auto in = ask(kAddPartitionsToTxn, [&](Writer& out) {
        put_producer(out);
        out.put<std::int32_t>(1);
        out.string(options_.topic);
        out.put<std::int32_t>(1);
        out.put<std::int32_t>(0);
      });
      in.take(8);
      in.string();
      in.take(8);
      return in.get<std::int16_t>();
    });
  }

  void commit() {
    const auto began = now_ns();
    auto in = ask(kEndTxn, [&](Writer& out) {
      put_producer(out);
      out.put<std::int8_t>(1);
    });
    in.take(4);
    const auto code = in.get<std::int16_t>();
    if (code != 0) fail("EndTxn: error code " + std::to_string(code));
    commits_.add(now_ns() - began);
    ++transactions_;
  }

  void produce(std::uint64_t count) {
    std::uint64_t answered = 0;
    for (std::uint64_t sent = 0; sent < count; ++sent) {
      for (; sent - answered >= options_.depth; ++answered) take_answer();
      send_batch();
    }
    for (; answered < count; ++answered) take_answer();
  }

  void send_batch() {
    if (options_.mode != Mode::kPlain) {
      store_be(batch_.data() + kSequenceAt, sequence_);
      // Kafka's sequences wrap at 2^31; no run is that long.
      sequence_ += records_;
      store_be(batch_.data() + kCrcAt,
               crc32c_3(batch_.data() + kCheckedFrom, batch_.size() - kCheckedFrom));
    }
    Writer out;
    const auto frame = open_request(out, kProduce, kProduceVersion, ++correlation_);
    if (is_transactional()) {
      out.string(kTransactionalId);
    } else {
      out.put<std::int16_t>(-1);
    }
    out.put<std::int16_t>(-1);      // acks
    out.put<std::int32_t>(30'000);  // timeout
    out.put<std::int32_t>(1);
    out.string(options_.topic);
    out.put<std::int32_t>(1);
    out.put<std::int32_t>(0);
    out.put(static_cast<std::int32_t>(batch_.size()));
    out.raw(batch_.data(), batch_.size());
    out.close_frame(frame);
    if (!send_all(fd_, out.data(), out.size())) fail("the broker closed the connection");
  }

  void take_answer() {
    auto in = answer();
    in.take(4);
    in.string();
    in.take(8);
    const auto code = in.get<std::int16_t>();
    if (code != 0) fail("Produce: error code " + std::to_string(code));
  }

  const Options& options_;
  int fd_;
  std::vector<std::uint8_t> batch_, buffer_;
  std::int32_t records_;
  std::int32_t correlation_ = 0;
  std::int64_t producer_id_ = -1;
  std::int16_t epoch_ = -1;
  std::int32_t sequence_ = 0;
  std::uint64_t transactions_ = 0;
  double seconds_ = 0;
  Histogram commits_;
};

Mode mode_of(const std::string& name) {
  if (name == "plain") return Mode::kPlain;
  if (name == "idempotent") return Mode::kIdempotent;
  if (name == "transactional") return Mode::kTransactional;
  fail("--mode is plain, idempotent or transactional");
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  bench::Args args(argc, argv, bench::kUsage);
  bench::Options options{};
  options.mode = bench::mode_of(args.text("mode", "transactional"));
  options.topic = args.text("topic", "bench");
  options.record_bytes = args.number<std::size_t>("record-bytes", 100);
  options.batch_bytes = args.number<std::size_t>("batch-bytes", 0);
  options.depth = args.number<std::size_t>("depth", 1);
  options.requests = args.number<std::uint64_t>("requests", 1000);
  options.requests_per_transaction = args.number<std::uint64_t>("requests-per-transaction", 1);
  const auto broker = bench::endpoint(args.finish(1)[0]);
  if (options.depth == 0 || options.requests_per_transaction == 0)
    bench::fail("--depth and --requests-per-transaction are at least 1");
  bench::Producer producer(broker, options);
  producer.run();
  producer.print();
} catch (const std::out_of_range&) {
  bench::fail("the broker sent a malformed response");
}
