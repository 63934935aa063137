#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "kreel/certs.hpp"
#include "security/pem.hpp"
#include "security/pkcs12.hpp"
#include "security/secret.hpp"

namespace kreel::certs {
namespace {

constexpr std::int64_t kNowMs = 1'795'000'000'000;  // 2026-11-18
constexpr std::int64_t kDayMs = 86'400'000;

SetOptions options_at(std::int64_t now_ms) {
  SetOptions options;
  options.directory = "/srv/certs";
  options.hosts = {"kafka.example.com", "10.0.0.5", "::1"};
  options.clients = {"app"};
  options.now_ms = now_ms;
  return options;
}

std::map<std::string, std::string> contents(const Result<std::vector<SetFile>>& set) {
  REQUIRE(set);
  std::map<std::string, std::string> files;
  for (const SetFile& file : *set) files[file.name] = file.content;
  return files;
}

std::string value_in(const std::string& text, const std::string& name) {
  const auto at = text.find(name + "=");
  REQUIRE(at != std::string::npos);
  const auto begin = at + name.size() + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

Report check(const std::string& file, CheckOptions options) {
  auto report = check_file(file, options);
  REQUIRE(report);
  return std::move(*report);
}

}  // namespace

TEST_CASE("certificates: every kind of key gives a set that verifies") {
  for (const KeyKind kind : {KeyKind::kEcdsaP256, KeyKind::kRsa2048}) {
    SetOptions options = options_at(kNowMs);
    options.key = kind;
    const auto files = contents(make_set(options));
    for (const char* name : {"broker.crt", "app.crt"}) {
      const Report report =
          check(files.at(name), {.trusted_pem = files.at("ca.crt"), .now_ms = kNowMs});
      CHECK_FALSE(report.problem);
    }
    const auto entries = read_entries(files.at("broker.crt"), "");
    REQUIRE(entries);
    CHECK(entries->front().names ==
          std::vector<std::string>{"DNS:kafka.example.com", "IP:10.0.0.5", "IP:::1"});
    CHECK(entries->front().key == (kind == KeyKind::kRsa2048 ? "RSA 2048" : "ECDSA P-256"));
    CHECK(entries->front().not_before_ms == kNowMs - 300'000);
    CHECK(entries->front().not_after_ms == kNowMs + 365 * kDayMs);
  }
}

TEST_CASE("certificates: each has a serial number of its own, of 128 bits") {
  const auto files = contents(make_set(options_at(kNowMs)));
  std::vector<std::string> serials;
  for (const char* name : {"ca.crt", "broker.crt", "app.crt"}) {
    const std::string serial = read_entries(files.at(name), "")->front().serial;
    CHECK(serial.size() == 32);
    CHECK(std::ranges::count(serials, serial) == 0);
    serials.push_back(serial);
  }
}

TEST_CASE("certificates: files with a key or a password are secret, others are not") {
  const auto set = make_set(options_at(kNowMs));
  REQUIRE(set);
  for (const SetFile& file : *set) {
    CAPTURE(file.name);
    CHECK(file.is_secret == (file.name.find(".crt") == std::string::npos));
  }
}

TEST_CASE("certificates: no end outlives its authority") {
  const auto old = contents(make_set(options_at(kNowMs - 1800 * kDayMs)));
  SetOptions options = options_at(kNowMs);
  options.authority = Authority{old.at("ca.crt"), old.at("ca.key"), ""};
  const auto files = contents(make_set(options));
  CHECK_FALSE(files.contains("ca.key"));
  CHECK(files.at("ca.crt") == old.at("ca.crt"));
  CHECK(read_entries(files.at("app.crt"), "")->front().not_after_ms ==
        kNowMs - 1800 * kDayMs + 1825 * kDayMs);
  options.now_ms = kNowMs + 30 * kDayMs;
  const auto late = make_set(options);
  REQUIRE_FALSE(late);
  CHECK(late.error().message().find("expired at") != std::string::npos);
}

TEST_CASE("certificates: stores hold what the settings beside them open") {
  for (const StoreKind kind : {StoreKind::kModern, StoreKind::kLegacy}) {
    SetOptions options = options_at(kNowMs);
    options.stores = kind;
    const auto files = contents(make_set(options));
    const std::string& java = files.at("app.properties");
    CHECK(value_in(java, "ssl.keystore.location") == "/srv/certs/app.keystore.p12");
    const auto key =
        read_entries(files.at("app.keystore.p12"), value_in(java, "ssl.keystore.password"));
    REQUIRE(key);
    CHECK(key->size() == 2);
    CHECK(key->back().kind == Entry::Kind::kPrivateKey);
    const std::string trust = value_in(java, "ssl.truststore.password");
    const Report report = check(files.at("truststore.p12"), {.password = trust, .now_ms = kNowMs});
    CHECK_FALSE(report.problem);
    CHECK(report.findings.back().detail == "Java lists its certificates");
    CHECK(*certificates_as_pem(files.at("truststore.p12"), trust) == files.at("ca.crt"));
    // The broker's password opens nothing of the client's.
    const std::string broker = value_in(files.at("server.properties"), "ssl.keystore.password");
    CHECK(read_entries(files.at("app.keystore.p12"), broker).error().kind() ==
          ErrorKind::kAuthentication);
  }
}

TEST_CASE("certificates: one that has expired, is not valid yet or ends soon is told apart") {
  const auto files = contents(make_set(options_at(kNowMs)));
  CheckOptions options{.trusted_pem = files.at("ca.crt"), .now_ms = kNowMs + 400 * kDayMs};
  Report report = check(files.at("broker.crt"), options);
  REQUIRE(report.problem);
  CHECK(report.problem->kind() == ErrorKind::kAuthentication);
  CHECK(report.problem->message() ==
        "the certificate CN=kafka.example.com expired at 2027-11-18T11:06:40Z");
  options.now_ms = kNowMs - kDayMs;
  report = check(files.at("broker.crt"), options);
  REQUIRE(report.problem);
  CHECK(report.problem->message() ==
        "the certificate CN=kafka.example.com is valid from 2026-11-18T11:01:40Z on");
  options.now_ms = kNowMs + 350 * kDayMs;
  options.warn_ms = 30 * kDayMs;
  report = check(files.at("broker.crt"), options);
  REQUIRE(report.problem);
  CHECK(report.problem->kind() == ErrorKind::kConditionFalse);
  options.host = "other";
  CHECK(check(files.at("broker.crt"), options).problem->kind() == ErrorKind::kAuthentication);
}

TEST_CASE("certificates: an authority of the same name is not taken for the right one") {
  const auto one = contents(make_set(options_at(kNowMs)));
  const auto other = contents(make_set(options_at(kNowMs)));
  const Report report =
      check(one.at("broker.crt"), {.trusted_pem = other.at("ca.crt"), .now_ms = kNowMs});
  REQUIRE(report.problem);
  CHECK(report.problem->message().find("which is not trusted here") != std::string::npos);
}

TEST_CASE("certificates: a file in pieces, of nonsense or without an end is refused") {
  const auto files = contents(make_set(options_at(kNowMs)));
  for (const auto& [name, content] : files) {
    for (std::size_t size = 0; size < content.size(); size += 7) {
      const auto entries = read_entries(std::string_view(content).substr(0, size), "");
      if (!entries) CHECK(entries.error().message().find('\n') == std::string::npos);
    }
  }
  CHECK(read_entries(std::string(2 << 20, '-'), "").error().message() == "over 1048576 bytes");
}

TEST_CASE("certificates: a store that would keep a processor busy is refused unopened") {
  const auto files = contents(make_set(options_at(kNowMs)));
  std::string store = files.at("truststore.p12");
  // The iterations of the seal are its last field: 02 02 27 10 is 10,000.
  REQUIRE(store.ends_with("\x02\x02\x27\x10"));
  REQUIRE(store[1] == '\x82');
  const auto grow = [&](std::size_t at) {
    const auto length = static_cast<unsigned>(static_cast<unsigned char>(store[at])) * 256 +
                        static_cast<unsigned char>(store[at + 1]) + 2;
    store[at] = static_cast<char>(length / 256);
    store[at + 1] = static_cast<char>(length % 256);
  };
  store.replace(store.size() - 4, 4, std::string("\x02\x04\x7f\xff\xff\xff", 6));
  grow(2);
  const std::size_t mac = store.rfind(std::string("\x30\x41\x30\x31", 4));
  REQUIRE(mac != std::string::npos);
  store[mac + 1] = '\x43';
  CHECK(read_entries(store, "x").error().message() ==
        "a PKCS12 store of more than 1000000 iterations");
}

TEST_CASE("certificates: names that nobody can have are refused") {
  for (const char* host :
       {"", "a b", "-a", "a..b", "ä.de", "a,DNS:b", "a\nb", "*.*.x", "10.0.0.5/8"}) {
    SetOptions options = options_at(kNowMs);
    options.hosts = {host};
    CHECK_FALSE(make_set(options));
  }
  for (const char* client : {"", "..", "-x", "a/b", "ca", "broker", "a b"}) {
    SetOptions options = options_at(kNowMs);
    options.clients = {client};
    CHECK(make_set(options).error().kind() == ErrorKind::kUsage);
  }
}

TEST_CASE("secret: prints stars, compares in full") {
  const security::Secret secret("hunter2");
  CHECK(fmt::format("{}", secret) == "***");
  CHECK(secret.equals("hunter2"));
  CHECK_FALSE(secret.equals("hunter3"));
  CHECK_FALSE(secret.equals("hunter"));
}

}  // namespace kreel::certs
