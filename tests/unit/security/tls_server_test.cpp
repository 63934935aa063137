#include "security/tls_server.hpp"

#include <doctest/doctest.h>

#include "fs/memory_file_system.hpp"
#include "kreel/certs.hpp"
#include "support/manual_clock.hpp"

using namespace kreel;
using security::TlsServer;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kStartMs = 20'000 * kDayMs;  // 2024-10-04

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

}  // namespace

TEST_CASE("tls server: the last month of a certificate is told once a day, and its end at once") {
  TlsFixture f(40);
  CHECK(f.warning_after(9 * kDayMs) == "");
  CHECK(f.warning_after(kDayMs) ==
        "/broker.pem expires on 2024-11-13, in 30d: a new one is taken without a restart");
  CHECK(f.warning_after(kDayMs - 1) == "");
  CHECK(f.warning_after(1) ==
        "/broker.pem expires on 2024-11-13, in 29d: a new one is taken without a restart");
  CHECK(f.warning_after(29 * kDayMs - 5 * 60'000) ==
        "/broker.pem expires on 2024-11-13, in 5m: a new one is taken without a restart");
  CHECK(f.warning_after(5 * 60'000) == "");
  CHECK(f.warning_after(1'000) == "/broker.pem expired on 2024-11-13: no client accepts it");
  CHECK(f.warning_after(kDayMs - 1) == "");
  CHECK(f.warning_after(1) == "/broker.pem expired on 2024-11-13: no client accepts it");
}

TEST_CASE("tls server: a new certificate is judged anew") {
  TlsFixture f(3);
  CHECK(f.warning_after(0).starts_with("/broker.pem expires on 2024-10-07, in 3d:"));
  f.clock.advance_ms(10);
  f.renew(365);
  CHECK(*f.server->reload_if_changed() == true);
  CHECK(f.warning_after(kDayMs) == "");
  f.renew(2);
  CHECK(*f.server->reload_if_changed() == true);
  CHECK(f.warning_after(0).starts_with("/broker.pem expires on 2024-10-07, in 1d:"));
  CHECK(f.warning_after(0) == "");
}
