// TLS as plain as OpenSSL has it, both sides: `serve` answers Produce and Fetch with canned bytes
// through SSL_read and SSL_write on blocking sockets, one connection after the other; the loads
// speak Kafka's frames, so they measure a broker in the same way. With --dir it does with a batch
// what floor does, check one CRC and write it: what any broker must do behind the decryption. One
// thread, TLS 1.3, AES-128-GCM, P-256.
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <csignal>
#include <filesystem>

#include "batch.hpp"
#include "net.hpp"
#include "report.hpp"

namespace bench {
namespace {

constexpr std::string_view kUsage =
    "tls serve|produce|fetch|handshakes HOST:PORT [options]: the loads print one JSON object\n"
    "  --certs DIR        serve: where broker.crt and broker.key are\n"
    "  --dir DIR          serve: check the batches and keep them in DIR/tls.log\n"
    "  --crc 0|1|3        serve: how to check them: not, or with as many streams (1)\n"
    "  --fetch-bytes N    serve: records in the answer to a Fetch; fetch: the most to ask for "
    "(1048576)\n"
    "  --batch-bytes N    produce: batch size to fill (65536)\n"
    "  --depth N          produce: requests in flight (8)\n"
    "  --requests N       or connections, each with a full handshake (1000)\n";

constexpr std::int16_t kProduce = 0, kFetch = 1;
constexpr std::int32_t kTopicCount = 1;

[[noreturn]] void fail_tls(const std::string& what) {
  fail(what + ": " + ERR_error_string(ERR_get_error(), nullptr));
}

class Stream {
 public:
  Stream(SSL_CTX* context, int fd) : fd_(fd), ssl_(SSL_new(context)) { SSL_set_fd(ssl_, fd); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    SSL_shutdown(ssl_);
    SSL_free(ssl_);
    close(fd_);
  }

  bool accept() { return SSL_accept(ssl_) == 1; }
  bool connect() { return SSL_connect(ssl_) == 1; }
  bool write(const std::uint8_t* bytes, std::size_t count) {
    std::size_t written = 0;
    return SSL_write_ex(ssl_, bytes, count, &written) == 1 && written == count;
  }
  bool read(std::uint8_t* into, std::size_t count) {
    for (std::size_t at = 0; at < count;) {
      std::size_t got = 0;
      if (SSL_read_ex(ssl_, into + at, count - at, &got) != 1) return false;
      at += got;
    }
    return true;
  }
  // One frame without its length; empty when the peer has gone.
  std::span<std::uint8_t> read_frame() {
    std::uint8_t length[4];
    if (!read(length, sizeof length)) return {};
    const auto size = load_be<std::uint32_t>(length);
    if (buffer_.size() < size) buffer_.resize(size);
    if (!read(buffer_.data(), size)) return {};
    return {buffer_.data(), size};
  }

 private:
  int fd_;
  SSL* ssl_;
  std::vector<std::uint8_t> buffer_;
};

SSL_CTX* new_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set1_groups_list(context, "P-256");
  return context;
}

// The answers that a load checks: no error, and for Fetch `records` bytes of records.
void answer_produce(Writer& out, std::int32_t correlation_id) {
  const auto frame = out.open_frame();
  out.put(correlation_id);
  out.put(kTopicCount);
  out.string("bench");
  out.put<std::int32_t>(1);
  out.put<std::int32_t>(0);  // partition
  out.put<std::int16_t>(0);
  for (int i = 0; i < 3; ++i) out.put<std::int64_t>(0);  // base offset, append time, log start
  out.put<std::int32_t>(0);                              // throttle time
  out.close_frame(frame);
}

void answer_fetch(Writer& out, std::int32_t correlation_id,
                  const std::vector<std::uint8_t>& records) {
  const auto frame = out.open_frame();
  out.put(correlation_id);
  out.put<std::int32_t>(0);  // throttle time
  out.put<std::int16_t>(0);
  out.put<std::int32_t>(0);  // no session
  out.put(kTopicCount);
  out.string("bench");
  out.put<std::int32_t>(1);
  out.put<std::int32_t>(0);  // partition
  out.put<std::int16_t>(0);
  for (int i = 0; i < 3; ++i) out.put<std::int64_t>(0);  // high watermark, last stable, log start
  out.put<std::int32_t>(-1);                             // no aborted transactions
  out.put<std::int32_t>(-1);                             // no preferred replica
  out.put(static_cast<std::int32_t>(records.size()));
  out.close_frame(frame, records.size());
}

// Where the batches of Produce go, each as it is for the one partition there is.
struct Store {
  int file = -1;  // none
  Crc crc = nullptr;
  std::int64_t end_offset = 0;

  void append(Reader& in) {
    in.string();  // transactional id
    in.take(10);  // acks, timeout, topics
    in.string();
    in.take(8);  // partitions, index
    const auto batch = in.bytes();
    auto* at = batch.data();
    if (batch.size() < kBatchHeaderBytes || batch_bytes(at) != batch.size()) fail("no batch");
    if (crc != nullptr &&
        crc(at + kCheckedFrom, batch.size() - kCheckedFrom) != load_be<std::uint32_t>(at + kCrcAt))
      fail("a batch is damaged");
    store_be(at, end_offset);
    end_offset += load_be<std::int32_t>(at + kLastOffsetDeltaAt) + 1;
    if (write(file, at, batch.size()) != static_cast<ssize_t>(batch.size())) fail("cannot write");
  }
};

bool answer(Stream& stream, std::span<std::uint8_t> frame, Writer& out,
            const std::vector<std::uint8_t>& records, Store& store) {
  Reader in(frame);
  const auto key = in.get<std::int16_t>();
  in.get<std::int16_t>();
  const auto correlation_id = in.get<std::int32_t>();
  out.truncate(0);
  if (key == kProduce) {
    in.string();  // client id
    if (store.file >= 0) store.append(in);
    answer_produce(out, correlation_id);
  } else if (key == kFetch) {
    answer_fetch(out, correlation_id, records);
    return stream.write(out.data(), out.size()) && stream.write(records.data(), records.size());
  } else {
    const auto opened = out.open_frame();
    out.put(correlation_id);
    out.close_frame(opened);
  }
  return stream.write(out.data(), out.size());
}

[[noreturn]] void serve(const Endpoint& where, const std::string& certs, std::size_t fetch_bytes,
                        Store store) {
  SSL_CTX* context = new_context(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, (certs + "/broker.crt").c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, (certs + "/broker.key").c_str(), SSL_FILETYPE_PEM) != 1)
    fail_tls("no certificate in " + certs);
  const std::vector<std::uint8_t> records(fetch_bytes, 'x');
  Writer out;
  const int listener = listen_on(where);
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    Stream stream(context, fd);
    if (!stream.accept()) continue;
    for (auto frame = stream.read_frame(); !frame.empty(); frame = stream.read_frame())
      if (!answer(stream, frame, out, records, store)) break;
  }
}

struct Load {
  Endpoint broker;
  std::size_t batch_bytes, depth, requests;
  std::int32_t fetch_bytes;
  SSL_CTX* context = new_context(TLS_client_method());

  Stream open() const { return Stream(context, connect_to(broker)); }
};

void handshake(Stream& stream) {
  if (!stream.connect()) fail_tls("no handshake");
}

std::span<std::uint8_t> next_answer(Stream& stream) {
  const auto frame = stream.read_frame();
  if (frame.empty()) fail("the broker closed the connection");
  return frame;
}

void send(Stream& stream, Writer& request) {
  if (!stream.write(request.data(), request.size())) fail("the broker closed the connection");
}

void expect_no_error(std::int16_t code) {
  if (code != 0) fail("error code " + std::to_string(code));
}

// Returns the bytes of records that were sent.
std::size_t produce(const Load& load) {
  const auto batch = make_batch(load.batch_bytes, 1 << 10);
  Writer request;
  const auto frame = open_request(request, kProduce, 7, 0);
  request.put<std::int16_t>(-1);      // no transactional id
  request.put<std::int16_t>(1);       // acks
  request.put<std::int32_t>(30'000);  // timeout
  request.put(kTopicCount);
  request.string("bench");
  request.put<std::int32_t>(1);
  request.put<std::int32_t>(0);
  request.put(static_cast<std::int32_t>(batch.size()));
  request.raw(batch.data(), batch.size());
  request.close_frame(frame);
  Stream stream = load.open();
  handshake(stream);
  for (std::size_t sent = 0, answered = 0; answered < load.requests; ++answered) {
    for (; sent < load.requests && sent - answered < load.depth; ++sent) send(stream, request);
    Reader in(next_answer(stream));
    in.take(8);  // correlation id, topics
    in.string();
    in.take(8);  // partitions, index
    expect_no_error(in.get<std::int16_t>());
  }
  return load.requests * batch.size();
}

// Reads from offset 0 again and again; returns the bytes of records that came.
std::size_t fetch(const Load& load) {
  Writer request;
  const auto frame = open_request(request, kFetch, 11, 0);
  request.put<std::int32_t>(-1);   // a consumer
  request.put<std::int32_t>(500);  // max wait
  request.put<std::int32_t>(1);    // min bytes
  request.put(load.fetch_bytes);
  request.put<std::int8_t>(0);   // isolation level
  request.put<std::int32_t>(0);  // no session
  request.put<std::int32_t>(-1);
  request.put(kTopicCount);
  request.string("bench");
  request.put<std::int32_t>(1);
  request.put<std::int32_t>(0);
  request.put<std::int32_t>(-1);  // leader epoch
  request.put<std::int64_t>(0);   // offset
  request.put<std::int64_t>(-1);  // log start offset
  request.put(load.fetch_bytes);
  request.put<std::int32_t>(0);  // nothing forgotten
  request.string("");            // rack
  request.close_frame(frame);
  Stream stream = load.open();
  handshake(stream);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < load.requests; ++i) {
    send(stream, request);
    Reader in(next_answer(stream));
    in.take(8);  // correlation id, throttle time
    expect_no_error(in.get<std::int16_t>());
    in.take(8);  // session, topics
    in.string();
    in.take(8);  // partitions, index
    expect_no_error(in.get<std::int16_t>());
    in.take(24);  // high watermark, last stable offset, log start offset
    const auto aborted = in.get<std::int32_t>();
    in.take(aborted > 0 ? static_cast<std::size_t>(aborted) * 16 : 0);
    in.take(4);  // preferred replica
    bytes += in.bytes().size();
  }
  return bytes;
}

// A connection each, and one ApiVersions, whose answer shows that the server has done its part.
std::size_t handshakes(const Load& load) {
  Writer request;
  const auto frame = open_request(request, 18, 0, 0);
  request.close_frame(frame);
  for (std::size_t i = 0; i < load.requests; ++i) {
    Stream stream = load.open();
    handshake(stream);
    send(stream, request);
    next_answer(stream);
  }
  return 0;
}

void run(const std::string& mode, const Load& load) {
  const auto began = now_ns();
  const auto bytes = mode == "produce" ? produce(load)
                     : mode == "fetch" ? fetch(load)
                                       : handshakes(load);
  const double seconds = static_cast<double>(now_ns() - began) / 1e9;
  std::printf(R"({"requests":%zu,"bytes":%zu,"seconds":%.6f,"mb_per_s":%.2f,"requests_per_s":%.0f,)"
              R"("cpu_s":%.4f})"
              "\n",
              load.requests, bytes, seconds, static_cast<double>(bytes) / seconds / 1e6,
              static_cast<double>(load.requests) / seconds, cpu_seconds());
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  std::signal(SIGPIPE, SIG_IGN);
  bench::Args args(argc, argv, bench::kUsage);
  const auto certs = args.text("certs", "");
  const auto dir = args.text("dir", "");
  const auto crc = args.number("crc", 1);
  const auto fetch_bytes = args.number<std::int32_t>("fetch-bytes", 1 << 20);
  const auto batch_bytes = args.number<std::size_t>("batch-bytes", 65536);
  const auto depth = args.number<std::size_t>("depth", 8);
  const auto requests = args.number<std::size_t>("requests", 1000);
  const auto words = args.finish(2);
  const auto& mode = words[0];
  const auto where = bench::endpoint(words[1]);
  if (mode == "serve") {
    bench::Store store;
    if (!dir.empty()) {
      std::filesystem::create_directories(dir);
      store.crc = bench::crc_of(crc);
      store.file = open((dir + "/tls.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      if (store.file < 0) bench::fail("cannot write in " + dir);
    }
    bench::serve(where, certs, static_cast<std::size_t>(fetch_bytes), store);
  }
  if (mode != "produce" && mode != "fetch" && mode != "handshakes") bench::fail("no mode " + mode);
  bench::run(mode, {where, batch_bytes, depth, requests, fetch_bytes});
} catch (const std::out_of_range&) {
  bench::fail("the broker sent a malformed response");
}
