#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "kreel/broker.hpp"
#include "protocol/all_messages.hpp"
#include "unit/server/raw_client.hpp"

using namespace kreel;

namespace {

bool machine_has_ipv6() {
  const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  const auto* to = reinterpret_cast<const sockaddr*>(&loopback);
  const bool bound = ::bind(probe, to, sizeof(loopback)) == 0;
  ::close(probe);
  return bound;
}

/// What a client that came to `address` is told to connect to.
std::string host_told_on(const std::string& address) {
  test::RawClient client(address);
  if (!client.connected()) return "not connected";
  const auto reply = client.call<protocol::Metadata>({}, 9);
  return reply ? reply->brokers.front().host : "no answer";
}

}  // namespace

TEST_CASE("server: a listener without a host is reached over IPv4 and over IPv6") {
  BrokerOptions options;
  options.ephemeral = true;
  options.insecure = true;
  options.config["listeners"] = "PLAINTEXT://:0";
  const auto server = BrokerServer::start(options);
  REQUIRE_MESSAGE(server, (server ? std::string() : server.error().message()));
  const std::string address = (*server)->addresses().front();
  const std::string port = address.substr(address.rfind(':'));
  CHECK(host_told_on("127.0.0.1" + port) == "127.0.0.1");
  if (!machine_has_ipv6()) return;
  CHECK(address == "[::]" + port);
  CHECK(host_told_on("[::1]" + port) == "::1");
}
