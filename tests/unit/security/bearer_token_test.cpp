#include "security/bearer_token.hpp"

#include <cjose/cjose.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "fs/memory_file_system.hpp"
#include "support/manual_clock.hpp"

using namespace kreel;
using namespace kreel::security;

namespace {

constexpr std::int64_t kNowSeconds = 1'700'000'000;

/// A pair of keys of one who issues tokens.
class Issuer {
 public:
  explicit Issuer(const std::string& id, bool elliptic = false, std::size_t bits = 2048) {
    key_ = elliptic ? ::cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nullptr)
                    : ::cjose_jwk_create_RSA_random(
                          bits, reinterpret_cast<const std::uint8_t*>("\x01\x00\x01"), 3, nullptr);
    ::cjose_jwk_set_kid(key_, id.data(), id.size(), nullptr);
  }
  explicit Issuer(cjose_jwk_t* key) : key_(key) {}
  Issuer(const Issuer&) = delete;
  Issuer& operator=(const Issuer&) = delete;
  ~Issuer() { ::cjose_jwk_release(key_); }

  std::string public_json() const {
    char* text = ::cjose_jwk_to_json(key_, false, nullptr);
    std::string json = text;
    std::free(text);
    return json;
  }
  std::string sign(const std::string& claims, const char* algorithm = "RS256") const {
    cjose_header_t* header = ::cjose_header_new(nullptr);
    ::cjose_header_set(header, CJOSE_HDR_ALG, algorithm, nullptr);
    const char* id = ::cjose_jwk_get_kid(key_, nullptr);
    if (id != nullptr) ::cjose_header_set(header, CJOSE_HDR_KID, id, nullptr);
    cjose_jws_t* token = ::cjose_jws_sign(
        key_, header, reinterpret_cast<const std::uint8_t*>(claims.data()), claims.size(), nullptr);
    REQUIRE(token != nullptr);
    const char* text = nullptr;
    REQUIRE(::cjose_jws_export(token, &text, nullptr));
    std::string copy = text;
    ::cjose_jws_release(token);
    ::cjose_header_release(header);
    return copy;
  }

 private:
  cjose_jwk_t* key_;
};

std::string unsecured(const std::string& claims) {
  return to_base64_url(R"({"alg":"none"})") + "." + to_base64_url(claims) + ".";
}

std::string claims_for(const std::string& user, std::int64_t expires_in_s = 60,
                       const std::string& more = "") {
  return fmt::format(R"({{"sub":"{}","iat":{},"exp":{}{}}})", user, kNowSeconds - 300,
                     kNowSeconds + expires_in_s, more);
}

struct TokenFixture {
  test::ManualClock clock{kNowSeconds * 1000};
  fs::MemoryFileSystem fs{clock};
  std::shared_ptr<TokenValidator> validator;

  void write_keys(std::initializer_list<const Issuer*> issuers) {
    std::string keys;
    for (const Issuer* issuer : issuers) {
      keys += (keys.empty() ? "" : ",") + issuer->public_json();
    }
    write("{\"keys\":[" + keys + "]}");
  }
  void write(const std::string& text) {
    if (fs.exists("keys")) REQUIRE(fs.remove_file("keys"));
    auto file = fs.open("keys", fs::OpenMode::kCreateExclusive);
    REQUIRE(file);
    REQUIRE((*file)->write_at(as_bytes(text), 0));
  }
  /// "" or why not.
  std::string open(TokenRules rules = {.keys_file = "keys"}) {
    auto opened = TokenValidator::open(fs, clock, std::move(rules));
    if (!opened) return opened.error().message();
    validator = *opened;
    return "";
  }
  /// The user, or why the token is not taken.
  std::string user_of(const std::string& token) const {
    const auto valid = validator->validate(token);
    return valid ? valid->user : "no: " + valid.error().message();
  }
};

}  // namespace

TEST_CASE("bearer token: one that a key of the set has signed says who it is, and until when") {
  TokenFixture f;
  const Issuer rsa("one");
  const Issuer elliptic("two", true);
  f.write_keys({&rsa, &elliptic});
  REQUIRE(f.open() == "");
  for (const char* algorithm : {"RS256", "RS512", "PS256"}) {
    CHECK(f.user_of(rsa.sign(claims_for("app"), algorithm)) == "app");
  }
  CHECK(f.user_of(elliptic.sign(claims_for("bob"), "ES256")) == "bob");
  const auto valid = f.validator->validate(rsa.sign(claims_for("app", 90)));
  REQUIRE(valid);
  CHECK(valid->expires_at_ms == (kNowSeconds + 90) * 1000);
}

TEST_CASE("bearer token: another's signature, a changed claim and none at all are refused") {
  TokenFixture f;
  const Issuer trusted("one");
  const Issuer stranger("one");
  f.write_keys({&trusted});
  REQUIRE(f.open() == "");
  CHECK(f.user_of(stranger.sign(claims_for("app"))) == "no: none of the keys has signed it");
  std::string token = trusted.sign(claims_for("app"));
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  const std::string changed =
      token.substr(0, first + 1) + to_base64_url(claims_for("admin")) + token.substr(second);
  CHECK(f.user_of(changed) == "no: none of the keys has signed it");
  CHECK(f.user_of(token.substr(0, second + 1)) == "no: none of the keys has signed it");
  CHECK(f.user_of(unsecured(claims_for("app"))) == "no: nobody has signed it");
  for (const std::string bad : {"", ".", "..", "a.b", "a.b.c", "....", "!.!.!"}) {
    CAPTURE(bad);
    CHECK(f.user_of(bad) == "no: it is no JSON web token");
  }
}

TEST_CASE("bearer token: a public key is no shared secret (the confusion of algorithms)") {
  TokenFixture f;
  const Issuer trusted("one");
  f.write_keys({&trusted});
  REQUIRE(f.open() == "");
  const std::string secret = trusted.public_json();
  const Issuer forger(::cjose_jwk_create_oct_spec(
      reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(), nullptr));
  CHECK(f.user_of(forger.sign(claims_for("app"), "HS256")) ==
        "no: its algorithm \"HS256\" is not taken");
}

TEST_CASE("bearer token: extensions that must be known are not (RFC 7515, crit)") {
  TokenFixture f;
  REQUIRE(f.open({.allows_unsecured = true}) == "");
  const std::string header = to_base64_url(R"({"alg":"none","crit":["x"],"x":1})");
  CHECK(f.user_of(header + "." + to_base64_url(claims_for("app")) + ".") ==
        "no: it names extensions that must be known (crit)");
}

TEST_CASE("bearer token: its times, issuer and audience have to fit") {
  TokenFixture f;
  const Issuer issuer("one");
  f.write_keys({&issuer});
  REQUIRE(f.open({.keys_file = "keys", .audiences = {"kreel", "kafka"}, .issuer = "me"}) == "");
  const auto verdict = [&](std::int64_t expires_in_s, const std::string& more) {
    return f.user_of(issuer.sign(claims_for("app", expires_in_s, more)));
  };
  const std::string fits = R"(,"iss":"me","aud":"kafka")";
  CHECK(verdict(60, fits) == "app");
  CHECK(verdict(60, R"(,"iss":"me","aud":["x","kreel"])") == "app");
  CHECK(verdict(-29, fits) == "app");  // clocks may differ by 30 s
  CHECK(verdict(-30, fits) == "no: it has expired");
  CHECK(verdict(60, fits + fmt::format(R"(,"nbf":{})", kNowSeconds + 30)) == "app");
  CHECK(verdict(60, fits + fmt::format(R"(,"nbf":{})", kNowSeconds + 31)) ==
        "no: it does not hold yet");
  CHECK(verdict(60, fits + R"(,"nbf":"soon")") == "no: its nbf is no time");
  CHECK(verdict(60, R"(,"iss":"you","aud":"kafka")") == "no: another one has issued it");
  CHECK(verdict(60, R"(,"aud":"kafka")") == "no: another one has issued it");
  CHECK(verdict(60, R"(,"iss":"me","aud":"x")") == "no: it is for another audience");
  CHECK(verdict(60, R"(,"iss":"me")") == "no: it is for another audience");
  CHECK(f.user_of(issuer.sign(R"({"sub":"app","iss":"me","aud":"kafka"})")) ==
        "no: it says not until when it holds (exp)");
  CHECK(f.user_of(issuer.sign(claims_for("", 60, fits))) == "no: it names nobody (sub)");
}

TEST_CASE("bearer token: a signed one says when it was issued, and whom it names, as in Kafka") {
  TokenFixture f;
  const Issuer issuer("one");
  f.write_keys({&issuer});
  REQUIRE(f.open() == "");
  const auto verdict = [&](const std::string& subject, const std::string& issued) {
    return f.user_of(issuer.sign(
        fmt::format(R"({{"sub":"{}","exp":{}{}}})", subject, kNowSeconds + 60, issued)));
  };
  const std::string no_time = "no: it says not when it was issued (iat)";
  CHECK(verdict("app", "") == no_time);
  CHECK(verdict("app", R"(,"iat":"now")") == no_time);
  CHECK(verdict("app", R"(,"iat":-1)") == no_time);
  CHECK(verdict("app", fmt::format(R"(,"iat":{})", kNowSeconds + 61)) ==
        "no: it has expired before it was issued");
  const std::string issued = fmt::format(R"(,"iat":{})", kNowSeconds);
  CHECK(verdict(" app\\t", issued) == "app");
  CHECK(verdict("  ", issued) == "no: it names nobody (sub)");
}

TEST_CASE("bearer token: unsigned ones need no time of issue") {
  TokenFixture f;
  REQUIRE(f.open({.allows_unsecured = true}) == "");
  CHECK(f.user_of(unsecured(fmt::format(R"({{"sub":"app","exp":{}}})", kNowSeconds + 60))) ==
        "app");
  CHECK(f.user_of(
            unsecured(fmt::format(R"({{"sub":"app","exp":{},"iat":"x"}})", kNowSeconds + 60))) ==
        "no: it says not when it was issued (iat)");
}

TEST_CASE("bearer token: a set that is emptied takes its keys back, a broken file does not") {
  TokenFixture f;
  const Issuer key("one");
  f.write_keys({&key});
  REQUIRE(f.open() == "");
  f.clock.advance_ms(10);
  f.write("");
  CHECK_FALSE(f.validator->reload_if_changed());
  CHECK(f.user_of(key.sign(claims_for("app"))) == "app");
  f.clock.advance_ms(10);
  f.write(R"({"keys":[]})");
  CHECK(*f.validator->reload_if_changed() == true);
  CHECK(f.user_of(key.sign(claims_for("app"))) == "no: none of the keys has signed it");
  f.clock.advance_ms(10);
  f.write_keys({&key});
  CHECK(*f.validator->reload_if_changed() == true);
  CHECK(f.user_of(key.sign(claims_for("app"))) == "app");
}

TEST_CASE("bearer token: unsigned ones are taken only where that is said") {
  TokenFixture f;
  REQUIRE(f.open({.subject_claim = "name", .allows_unsecured = true}) == "");
  CHECK(f.user_of(unsecured(claims_for("x", 60, R"(,"name":"app")"))) == "app");
  CHECK(f.user_of(unsecured(claims_for("x", 60, R"(,"name":"app")")) + "AAAA") ==
        "no: it is no JSON web token");
  CHECK(f.user_of(unsecured(claims_for("x", -60, R"(,"name":"app")"))) == "no: it has expired");
}

TEST_CASE("bearer token: a set without a usable key is refused, and the old one stays") {
  TokenFixture f;
  const Issuer weak("weak", false, 1024);
  const Issuer old_key("old");
  const Issuer new_key("new");
  f.write_keys({&weak});
  CHECK(f.open().find("no public RSA key of 2048 bits") != std::string::npos);
  f.write("[]");
  CHECK(f.open().find("no JWK set") != std::string::npos);
  CHECK_FALSE(f.open({.keys_file = "nowhere"}).empty());

  f.write_keys({&old_key});
  REQUIRE(f.open() == "");
  CHECK(*f.validator->reload_if_changed() == false);
  f.clock.advance_ms(10);
  f.write("nonsense");
  CHECK_FALSE(f.validator->reload_if_changed());
  CHECK(f.user_of(old_key.sign(claims_for("app"))) == "app");
  f.clock.advance_ms(10);
  f.write_keys({&new_key});
  CHECK(*f.validator->reload_if_changed() == true);
  CHECK(f.user_of(old_key.sign(claims_for("app"))).starts_with("no: none of the keys"));
  CHECK(f.user_of(new_key.sign(claims_for("app"))) == "app");
}

TEST_CASE("bearer token: base64 on which cjose would end the process is refused") {
  TokenFixture f;
  const Issuer issuer("one");
  f.write_keys({&issuer});
  REQUIRE(f.open() == "");
  const std::string token = issuer.sign(claims_for("app"));
  const std::string unsigned_part = token.substr(0, token.rfind('.') + 1);
  for (const char* signature : {"A===", "AAAAA===", "=", "A", "A=AA", "A+AA", "\n"}) {
    CHECK(f.user_of(unsigned_part + signature) == "no: it is no JSON web token");
  }
  CHECK(f.user_of("A===." + token).starts_with("no: "));

  for (const char* number : {"A===", "xcXF=x==", "=", "A"}) {
    const std::string key = fmt::format(R"({{"kty":"RSA","e":"AQAB","n":"{}"}})", number);
    f.write("{\"keys\":[" + key + "]}");
    CHECK(f.open().find("no public RSA key of 2048 bits") != std::string::npos);
  }
}

TEST_CASE("oauthbearer: the client is told a status, says that it has seen it, and is refused") {
  TokenFixture f;
  REQUIRE(f.open({.allows_unsecured = true}) == "");
  const auto begin = [&](const std::string& message) {
    return make_bearer_session(*f.validator)->step(message);
  };
  const std::string good = unsecured(claims_for("app"));
  const auto client = make_bearer_client(good);
  const auto done = begin(**client->answer(""));
  REQUIRE(done);
  CHECK(done->is_done);
  CHECK(done->user == "app");
  CHECK(done->expires_at_ms == (kNowSeconds + 60) * 1000);
  CHECK_FALSE(client->answer("")->has_value());

  const auto session = make_bearer_session(*f.validator);
  const auto late = make_bearer_client(unsecured(claims_for("app", -60)));
  const auto told = session->step(**late->answer(""));
  REQUIRE(told);
  CHECK_FALSE(told->is_done);
  CHECK(told->reply == R"({"status":"invalid_token"})");
  const auto seen = late->answer(told->reply);
  CHECK(**seen == "\x01");
  CHECK(session->step(**seen).error().message() == R"({"status":"invalid_token"})");
  CHECK(session->reason() == "it has expired");

  CHECK(begin("n,a=app,\x01"
              "auth=Bearer " +
              good + "\x01\x01")
            ->is_done);
  CHECK(begin("n,,\x01"
              "auth=bearer " +
              good +
              "\x01"
              "x=y\x01\x01")
            ->is_done);
  CHECK_FALSE(begin("n,a=admin,\x01"
                    "auth=Bearer " +
                    good + "\x01\x01")
                  ->is_done);
  const std::vector<std::string> wrong = {"",
                                          "n,,",
                                          "n,,^auth=Bearer^^",
                                          "n,,^auth=Basic x^^",
                                          "n,,^x=y^^",
                                          "y,,^auth=Bearer a^^",
                                          "n,,^auth=Bearer a^",
                                          "n,,^auth=Bearer a^auth=Bearer b^^",
                                          "n,a,^auth=Bearer a^^",
                                          std::string(70'000, 'a')};
  for (std::string bad : wrong) {
    std::ranges::replace(bad, '^', '\x01');
    CAPTURE(bad.substr(0, 100));
    CHECK_FALSE(begin(bad));
  }
}
