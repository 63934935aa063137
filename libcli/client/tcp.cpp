#include "client/tcp.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "kreel/units.hpp"

namespace kreel::client {
namespace {

/// With several addresses, a silent one may not use up the time of the next.
constexpr std::int64_t kSilentAddressMs = 3'000;
constexpr std::int64_t kSliceMs = 200;

std::string_view resolve_reason(int code) {
  switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
      return "name not known";
    case EAI_AGAIN:
      return "the name servers do not answer";
    case EAI_ADDRFAMILY:
    case EAI_FAMILY:
      return "no address of the asked family";
    default:
      return ::gai_strerror(code);
  }
}

/// The connected socket, or why this address cannot be reached.
Result<Descriptor> connect_to(const addrinfo& address, const Deadline& deadline) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return fail(ErrorKind::kUnreachable, reason(errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
  if (errno != EINPROGRESS) return fail(ErrorKind::kUnreachable, reason(errno));
  if (!wait_for(socket.get(), POLLOUT, deadline)) {
    return fail(ErrorKind::kUnreachable, no_answer_text(deadline));
  }
  int error_number = 0;
  socklen_t size = sizeof(error_number);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error_number, &size);
  if (error_number != 0) return fail(ErrorKind::kUnreachable, reason(error_number));
  return socket;
}

int native_family(AddressFamily family) {
  if (family == AddressFamily::kV4) return AF_INET;
  return family == AddressFamily::kV6 ? AF_INET6 : AF_UNSPEC;
}

}  // namespace

std::string reason(int error_number) {
  return to_lower(std::generic_category().message(error_number));
}

std::string no_answer_text(const Deadline& deadline) {
  return "no answer in " + format_duration(std::chrono::milliseconds(deadline.length_ms()));
}

bool wait_for(int descriptor, short events, const Deadline& deadline) {
  while (true) {
    pollfd entry{.fd = descriptor, .events = events, .revents = 0};
    // In slices: a signal may move the deadline nearer just before the call.
    const int slice_ms = static_cast<int>(std::min(kSliceMs, deadline.remaining_ms()));
    const int ready = ::poll(&entry, 1, slice_ms);
    if (ready > 0) return true;
    if (ready == 0 && deadline.passed()) return false;
    if (ready < 0 && errno != EINTR) return true;  // the call that follows tells what it is
  }
}

Result<Addresses> Addresses::resolve(const Endpoint& endpoint, AddressFamily family) {
  addrinfo hints{};
  hints.ai_family = native_family(family);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (code != 0) {
    return fail(ErrorKind::kUnreachable,
                fmt::format("cannot resolve \"{}\": {}", escape_control(endpoint.host),
                            resolve_reason(code)));
  }
  return Addresses(found);
}

std::vector<std::string> Addresses::to_strings() const {
  std::vector<std::string> all;
  for (const addrinfo* at = first(); at != nullptr; at = at->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      continue;
    }
    if (std::ranges::find(all, text.data()) == all.end()) all.emplace_back(text.data());
  }
  return all;
}

Result<Descriptor> connect_tcp(const Addresses& addresses, const Endpoint& endpoint,
                               const Deadline& deadline) {
  std::string why;
  for (const addrinfo* at = addresses.first(); at != nullptr; at = at->ai_next) {
    const Deadline limit =
        at->ai_next == nullptr ? deadline : deadline.at_most_ms(kSilentAddressMs);
    auto socket = connect_to(*at, limit);
    if (socket) return socket;
    why = socket.error().message();
  }
  return fail(ErrorKind::kUnreachable,
              fmt::format("cannot connect to {}: {}", endpoint.to_string(), why));
}

}  // namespace kreel::client
