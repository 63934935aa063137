#include <doctest/doctest.h>

#include <map>

#include "base/clock.hpp"
#include "fs/memory_file_system.hpp"
#include "kreel/certs.hpp"
#include "net/limits.hpp"
#include "security/openssl.hpp"
#include "security/tls_server.hpp"
#include "unit/net/net_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using test::NetFixture;
using test::RawClient;

namespace {

std::shared_ptr<security::TlsServer> make_server() {
  static fs::MemoryFileSystem files;
  certs::SetOptions options;
  options.directory = "/certs";
  options.hosts = {"localhost"};
  options.now_ms = system_clock().wall_ms();
  const auto set = certs::make_set(options);
  REQUIRE(set);
  security::TlsSources sources;
  for (const certs::SetFile& file : *set) {
    if (file.name == "broker.crt") sources.certificate_pem = file.content;
    if (file.name == "broker.key") sources.key_pem = security::Secret(file.content);
  }
  auto rules = security::PrincipalRules::parse("DEFAULT");
  REQUIRE(rules);
  auto opened =
      security::TlsServer::open(files, {sources, security::TlsServerSettings{}, std::move(*rules)});
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message());
  return *opened;
}

test::NetOptions with_tls() {
  static const auto server = make_server();
  return {.tls = server};
}

/// A client that trusts everybody, on a connection of its own.
class TlsClient {
 public:
  explicit TlsClient(const std::string& address, int version_max = TLS1_3_VERSION)
      : socket_(address), context_(::SSL_CTX_new(::TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    session_.reset(::SSL_new(context_.get()));
    ::SSL_set_fd(session_.get(), socket_.descriptor());
  }
  bool connect() { return ::SSL_connect(session_.get()) == 1; }
  bool send(ByteView bytes) {
    std::size_t sent = 0;
    return ::SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent) == 1;
  }
  /// A whole reply behind its size; empty when the broker closes.
  Bytes receive() {
    Bytes size(4);
    if (!read(size)) return {};
    Bytes body(static_cast<std::size_t>(load_big_endian<std::int32_t>(size.data())));
    if (!read(body)) return {};
    return body;
  }
  /// One TLS record for each, all of them at once in the socket's buffer.
  void send_together(const std::vector<Bytes>& frames) {
    BIO* out = ::BIO_new(::BIO_s_mem());
    ::SSL_set0_wbio(session_.get(), out);
    for (const Bytes& frame : frames) REQUIRE(send(frame));
    socket_.send_bytes(as_bytes(security::take_text(out)));
  }
  bool answers() { return send(socket_.frame<ApiVersions>({}, 2)) && !receive().empty(); }
  RawClient& socket() { return socket_; }
  SSL* session() { return session_.get(); }

 private:
  bool read(MutableByteView into) {
    while (!into.empty()) {
      std::size_t got = 0;
      if (::SSL_read_ex(session_.get(), into.data(), into.size(), &got) != 1) return false;
      into = into.subspan(got);
    }
    return true;
  }

  RawClient socket_;
  security::TlsContextPtr context_;
  security::TlsPtr session_;
};

/// What a client says first.
Bytes client_hello() {
  const security::TlsContextPtr context(::SSL_CTX_new(::TLS_client_method()));
  const security::TlsPtr session(::SSL_new(context.get()));
  BIO* in = ::BIO_new(::BIO_s_mem());
  BIO* out = ::BIO_new(::BIO_s_mem());
  ::SSL_set_bio(session.get(), in, out);
  ::SSL_connect(session.get());
  const std::string text = security::take_text(out);
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void say_and_leave(const NetFixture& f, ByteView bytes) {
  RawClient stranger(f.address());
  stranger.send_bytes(bytes);
  // Whatever is answered, an alert or nothing, is for nobody.
}

}  // namespace

TEST_CASE("tls connection: requests, and files of any size as replies, go through it") {
  NetFixture f(with_tls());
  constexpr std::size_t kValueBytes = std::size_t{3} << 20;
  f.produce(kValueBytes);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(f.address(), version);
    REQUIRE(client.connect());
    CHECK(client.answers());
    REQUIRE(client.send(client.socket().frame<Fetch>(test::fetch_orders(0, 0), 11)));
    const Bytes reply = client.receive();
    CHECK(reply.size() > kValueBytes);
    CHECK(std::count(reply.begin(), reply.end(), std::byte{'v'}) >=
          static_cast<std::ptrdiff_t>(kValueBytes));
    CHECK(client.answers());
  }
}

TEST_CASE("tls connection: requests whose records come together are all answered") {
  NetFixture f(with_tls());
  TlsClient client(f.address());
  REQUIRE(client.connect());
  std::vector<Bytes> frames;
  for (int i = 0; i < 2'000; ++i) frames.push_back(client.socket().frame<ApiVersions>({}, 2));
  client.send_together(frames);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CAPTURE(i);
    REQUIRE(!client.receive().empty());
  }
}

TEST_CASE("tls connection: no hostile first bytes hurt another client") {
  NetFixture f(with_tls());
  TlsClient canary(f.address());
  REQUIRE(canary.connect());
  const Bytes hello = client_hello();
  REQUIRE(hello.size() > 100);
  for (std::size_t size = 0; size < hello.size(); size += 3) {
    say_and_leave(f, ByteView(hello).first(size));
  }
  for (std::size_t at = 0; at < hello.size(); at += 2) {
    Bytes changed = hello;
    changed[at] ^= std::byte{0xff};
    say_and_leave(f, changed);
  }
  SeededRandom random(11);
  for (int i = 0; i < 100; ++i) {
    Bytes noise(5 + random.next_u64() % 2000);
    random.fill(noise);
    if (i % 2 == 0) std::copy_n(hello.begin(), 5, noise.begin());
    say_and_leave(f, noise);
  }
  CHECK(canary.answers());
  TlsClient another(f.address());
  REQUIRE(another.connect());
  CHECK(another.answers());
  f.check_idle(net::limits::kAuthenticationMs + 60'000, 0);
  test::wait_until("only those who know TLS are left", [&] { return f.connection_count() == 2; });
}

TEST_CASE("tls connection: noise in place of a record ends it, and it alone") {
  NetFixture f(with_tls());
  TlsClient canary(f.address());
  REQUIRE(canary.connect());
  // The bytes behind it are the length and the content of a record, as if it were one.
  for (const char* noise :
       {"\x17\x03\x03", "\x17\x03\x03\xff\xff", "\x16\x03\x03", "GET / HTTP/1.0\r\n\r\n"}) {
    TlsClient client(f.address());
    REQUIRE(client.connect());
    REQUIRE(client.answers());
    client.socket().send_bytes(as_bytes(noise));
    client.socket().send_bytes(Bytes(70'000, std::byte{1}));
    test::wait_until("it is gone", [&] { return f.connection_count() == 1; });
  }
  CHECK(canary.answers());
}

TEST_CASE("tls connection: nobody renegotiates") {
  NetFixture f(with_tls());
  TlsClient client(f.address(), TLS1_2_VERSION);
  REQUIRE(client.connect());
  REQUIRE(client.answers());
  ::SSL_renegotiate(client.session());
  const bool went_through =
      ::SSL_do_handshake(client.session()) == 1 && ::SSL_renegotiate_pending(client.session()) == 0;
  CHECK_FALSE(went_through);
}

TEST_CASE("tls connection: a handshake that does not end is given up after ten seconds") {
  NetFixture f(with_tls());
  TlsClient known(f.address());
  REQUIRE(known.connect());
  REQUIRE(known.answers());
  RawClient silent(f.address());
  RawClient slow(f.address());
  slow.send_bytes(ByteView(client_hello()).first(20));
  test::wait_until("both are there", [&] { return f.connection_count() == 3; });
  f.check_idle(net::limits::kAuthenticationMs + 60'000, 0);
  CHECK(silent.closed_by_broker());
  CHECK(slow.closed_by_broker());
  CHECK(known.answers());
}
