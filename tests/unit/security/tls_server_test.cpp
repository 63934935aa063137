#include "security/tls_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "base/clock.hpp"
#include "fs/memory_file_system.hpp"
#include "kreel/certs.hpp"
#include "support/manual_clock.hpp"

using namespace kreel;
using security::TlsServer;

namespace {

constexpr std::int64_t kOneDayMs = 86'400'000;
constexpr std::int64_t kStartMs = 20'000 * kOneDayMs;  // 2024-10-04

/// A broker's certificate in one PEM file, and the listener that uses it.
struct TlsFixture {
  explicit TlsFixture(std::int32_t days) {
    renew(days);
    auto rules = security::PrincipalRules::parse("DEFAULT");
    REQUIRE(rules);
    security::TlsSources sources;
    sources.certificate_file = "/broker.pem";
    auto opened = TlsServer::open(fs, {sources, security::TlsServerSettings{}, std::move(*rules)});
    REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().message()));
    server = *opened;
  }

  void renew(std::int32_t days) {
    certs::SetOptions options;
    options.directory = "/";
    options.hosts = {"localhost"};
    options.days = days;
    options.now_ms = clock.wall_ms();
    const auto set = certs::make_set(options);
    REQUIRE(set);
    std::string text;
    for (const certs::SetFile& file : *set) {
      if (file.name == "broker.crt" || file.name == "broker.key") text += file.content;
    }
    if (fs.exists("/broker.pem")) REQUIRE(fs.remove_file("/broker.pem"));
    const auto file = fs.open("/broker.pem", fs::OpenMode::kCreateExclusive);
    REQUIRE(file);
    REQUIRE((*file)->write_at(as_bytes(text), 0));
  }

  /// "" when there is nothing to tell.
  std::string warning_after(std::int64_t ms) {
    clock.advance_ms(ms);
    return server->take_expiry_warning(clock.wall_ms()).value_or("");
  }

  test::ManualClock clock{kStartMs};
  fs::MemoryFileSystem fs{clock};
  std::shared_ptr<TlsServer> server;
};

using SessionPtr = std::unique_ptr<SSL_SESSION, decltype(&::SSL_SESSION_free)>;

/// A client of one broker, both in memory, with certificates that end `lifetime_ms` from now. It
/// shows `needless` more than it has to.
class Handshakes {
 public:
  explicit Handshakes(std::int64_t lifetime_ms, int needless = 0) {
    certs::SetOptions options;
    options.directory = "/";
    options.hosts = {"localhost"};
    options.clients = {"app"};
    options.days = 1;
    options.now_ms = system_clock().wall_ms() - kOneDayMs + lifetime_ms;
    const auto set = certs::make_set(options);
    REQUIRE(set);
    security::TlsSources broker;
    security::TlsSources client;
    for (const certs::SetFile& file : *set) {
      if (file.name == "ca.crt") broker.trust_pem = client.trust_pem = file.content;
      if (file.name == "broker.crt") broker.certificate_pem = file.content;
      if (file.name == "broker.key") broker.key_pem = security::Secret(file.content);
      if (file.name == "app.crt") client.certificate_pem = file.content;
      if (file.name == "app.key") client.key_pem = security::Secret(file.content);
    }
    for (int i = 0; i < needless; ++i) client.certificate_pem += client.trust_pem;
    auto rules = security::PrincipalRules::parse("DEFAULT");
    REQUIRE(rules);
    security::TlsServerSettings settings;
    settings.client_auth = security::ClientAuth::kRequired;
    auto opened = TlsServer::open(fs_, {broker, settings, std::move(*rules)});
    REQUIRE(opened);
    server_ = *opened;
    const auto material = security::load_tls_material(fs_, client);
    REQUIRE(material);
    security::TlsClientSettings lenient;
    lenient.verify = false;
    auto context = security::make_client_context(*material, lenient);
    REQUIRE(context);
    context_ = std::move(*context);
  }

  /// "new" or "resumed", or what the broker says against it. With the session of the last one.
  std::string shake_hands(int version) {
    const security::TlsPtr client(::SSL_new(context_.get()));
    const security::TlsPtr server = server_->new_session();
    BIO* here = nullptr;
    BIO* there = nullptr;
    ::BIO_new_bio_pair(&here, 0, &there, 0);
    ::SSL_set_bio(client.get(), here, here);
    ::SSL_set_bio(server.get(), there, there);
    ::SSL_set_connect_state(client.get());
    SSL_set_max_proto_version(client.get(), version);
    if (session_) ::SSL_set_session(client.get(), session_.get());
    ::ERR_clear_error();
    std::byte ignored{};
    for (int i = 0; i < 20; ++i) {
      ::SSL_do_handshake(client.get());
      const int result = ::SSL_do_handshake(server.get());
      if (result != 1 && ::SSL_get_error(server.get(), result) == SSL_ERROR_SSL) break;
      if (result == 1) ::SSL_read(client.get(), &ignored, 1);  // a ticket comes behind it
    }
    if (::SSL_is_init_finished(server.get()) != 1) {
      return ::X509_verify_cert_error_string(::SSL_get_verify_result(server.get()));
    }
    CHECK(server_->principal_of(server.get()).value_or("nobody") == "User:CN=app");
    ::SSL_shutdown(client.get());  // or the session is worth nothing
    session_.reset(::SSL_get1_session(client.get()));
    return ::SSL_session_reused(server.get()) == 1 ? "resumed" : "new";
  }

 private:
  fs::MemoryFileSystem fs_;
  std::shared_ptr<TlsServer> server_;
  security::TlsContextPtr context_;
  SessionPtr session_{nullptr, ::SSL_SESSION_free};
};

}  // namespace

TEST_CASE("tls server: whose certificate has ended does not get in by a session from before") {
  constexpr std::int64_t kLifetimeMs = 4'000;
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    const std::int64_t begun_ms = system_clock().wall_ms();
    Handshakes handshakes(kLifetimeMs);
    CHECK(handshakes.shake_hands(version) == "new");
    CHECK(handshakes.shake_hands(version) == "resumed");
    const std::int64_t end_ms = begun_ms + kLifetimeMs + 1'500;
    std::this_thread::sleep_for(std::chrono::milliseconds(end_ms - system_clock().wall_ms()));
    CHECK(handshakes.shake_hands(version) == "certificate has expired");
  }
}

TEST_CASE("tls server: a chain of more bytes than Java's brokers take is refused") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    CHECK(Handshakes(kOneDayMs / 2, 20).shake_hands(version) == "new");
    CHECK(Handshakes(kOneDayMs / 2, 160).shake_hands(version) != "new");
  }
}

TEST_CASE("tls server: the last month of a certificate is told once a day, and its end at once") {
  TlsFixture f(40);
  CHECK(f.warning_after(9 * kOneDayMs) == "");
  CHECK(f.warning_after(kOneDayMs) ==
        "/broker.pem expires on 2024-11-13, in 30d: a new one is taken without a restart");
  CHECK(f.warning_after(kOneDayMs - 1) == "");
  CHECK(f.warning_after(1) ==
        "/broker.pem expires on 2024-11-13, in 29d: a new one is taken without a restart");
  CHECK(f.warning_after(29 * kOneDayMs - 5 * 60'000) ==
        "/broker.pem expires on 2024-11-13, in 5m: a new one is taken without a restart");
  CHECK(f.warning_after(5 * 60'000) == "");
  CHECK(f.warning_after(1'000) == "/broker.pem expired on 2024-11-13: no client accepts it");
  CHECK(f.warning_after(kOneDayMs - 1) == "");
  CHECK(f.warning_after(1) == "/broker.pem expired on 2024-11-13: no client accepts it");
}

TEST_CASE("tls server: a new certificate is judged anew") {
  TlsFixture f(3);
  CHECK(f.warning_after(0).starts_with("/broker.pem expires on 2024-10-07, in 3d:"));
  f.clock.advance_ms(10);
  f.renew(365);
  CHECK(*f.server->reload_if_changed() == true);
  CHECK(f.warning_after(kOneDayMs) == "");
  f.renew(2);
  CHECK(*f.server->reload_if_changed() == true);
  CHECK(f.warning_after(0).starts_with("/broker.pem expires on 2024-10-07, in 1d:"));
  CHECK(f.warning_after(0) == "");
}
