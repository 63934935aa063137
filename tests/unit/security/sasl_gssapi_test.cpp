#include "security/sasl_gssapi.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "base/descriptor.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;
using security::describe_gssapi_failure;
using security::make_gssapi_client;

namespace {

/// A realm that is nowhere, and nobody's tickets.
struct NoTickets {
  NoTickets() {
    std::ofstream(directory / "krb5.conf") << "[libdefaults]\n default_realm = NO.WHERE\n";
    ::setenv("KRB5_CONFIG", (directory / "krb5.conf").c_str(), 1);
    ::setenv("KRB5CCNAME", ("FILE:" + (directory / "none")).c_str(), 1);
  }
  ~NoTickets() {
    ::unsetenv("KRB5_CONFIG");
    ::unsetenv("KRB5CCNAME");
  }
  test::TempDirectory directory;
};

/// Somebody with a key, in a realm whose KDC takes requests and never answers.
struct SilentKdc : NoTickets {
  SilentKdc() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    std::ofstream(directory / "krb5.conf")
        << "[libdefaults]\n default_realm = R\n dns_lookup_kdc = false\n"
        << "[realms]\n R = {\n  kdc = 127.0.0.1:" << ntohs(address.sin_port) << "\n }\n";
    std::ofstream(directory / "keytab", std::ios::binary) << keytab();
    ::setenv("KRB5_CLIENT_KTNAME", ("FILE:" + (directory / "keytab")).c_str(), 1);
  }
  ~SilentKdc() { ::unsetenv("KRB5_CLIENT_KTNAME"); }

  /// Of app@R, in MIT's format 5.2: one entry with a key of AES-256 that is all "k".
  static std::string keytab() {
    using namespace std::string_literals;
    const std::string entry =
        "\0\1\0\1R\0\3app\0\0\0\1\0\0\0\0\1\0\x12\0\x20"s + std::string(32, 'k');
    return "\5\2\0\0\0"s + static_cast<char>(entry.size()) + entry;
  }

  Descriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

std::string failure(std::string_view detail) {
  return describe_gssapi_failure(detail, "kafka", "k1").message();
}

std::string hint(std::string_view detail) {
  return describe_gssapi_failure(detail, "kafka", "k1").hint();
}

}  // namespace

TEST_CASE("gssapi: what Cyrus SASL says of a failure is told by the part that says why") {
  const std::string begin =
      "SASL(-1): generic failure: GSSAPI Error: Unspecified GSS failure.  Minor code may provide "
      "more information (";
  const std::string no_ticket =
      begin + "No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0))";
  CHECK(failure(no_ticket) ==
        "Kerberos: No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0)");
  CHECK(hint(no_ticket).starts_with("kinit gets a ticket"));
  CHECK(hint(begin + "Ticket expired)").starts_with("kinit gets a ticket"));
  CHECK(hint(begin + "Server kafka/k1@R not found in Kerberos database)")
            .starts_with("asked for kafka/k1: sasl.kerberos.service.name"));
  CHECK(hint(begin + "Cannot contact any KDC for realm 'R')").starts_with("krb5.conf"));
  CHECK(failure("SASL(-1): generic failure: GSSAPI Error: The token was malformed (Success)") ==
        "Kerberos: The token was malformed");
  CHECK(failure("SASL(-7): token too\nshort") == "Kerberos: SASL(-7): token too\\nshort");
  CHECK(failure("").starts_with("Kerberos: "));
}

TEST_CASE("gssapi: without a ticket the first token is refused, with what to do") {
  const NoTickets none;
  const auto client = make_gssapi_client("kafka", "localhost", 60'000);
  if (!client) {
    CHECK(client.error().hint().find("libsasl2-modules-gssapi-mit") != std::string::npos);
    return;
  }
  const auto token = (*client)->answer("");
  REQUIRE_FALSE(token);
  CHECK(token.error().kind() == ErrorKind::kAuthentication);
  CHECK(token.error().message().starts_with("Kerberos: "));
  CHECK((*client)->who() == "the principal of the Kerberos ticket");
}

TEST_CASE("gssapi: what a broker must not say is refused before Kerberos sees it") {
  const NoTickets none;
  const auto refusal = [](std::string_view challenge) {
    const auto client = make_gssapi_client("kafka", "localhost", 60'000);
    if (!client) return std::string("no plugin");
    static_cast<void>((*client)->answer(""));
    const auto answer = (*client)->answer(challenge);
    return answer ? std::string("answered") : answer.error().message();
  };
  const std::string start = "the broker does not speak Kerberos as it should: ";
  if (refusal("") == "no plugin") return;
  CHECK(refusal("") == start + "an empty token");
  CHECK(refusal(std::string((64 << 10) + 1, 'x')) == start + "a token over 64 KiB");
}

TEST_CASE("gssapi: a KDC that is silent is waited for no longer than the client's timeout") {
  const SilentKdc silent;
  const auto begin = std::chrono::steady_clock::now();
  const auto client = make_gssapi_client("kafka", "localhost", 200);
  if (!client) return;
  const auto token = (*client)->answer("");
  const auto waited = std::chrono::steady_clock::now() - begin;
  REQUIRE_FALSE(token);
  CHECK(token.error().kind() == ErrorKind::kUnreachable);
  CHECK(token.error().message() == "Kerberos: no KDC answers");
  CHECK(waited >= std::chrono::milliseconds(100));
  CHECK(waited < std::chrono::milliseconds(900));
  CHECK((*client)->who() == "the principal of the Kerberos ticket");
  CHECK(make_gssapi_client("kafka", "localhost", 50).error().message() ==
        "Kerberos: no KDC answers");
}
