#pragma once

#include <netdb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "client/deadline.hpp"
#include "kreel/client_config.hpp"

namespace kreel::client {

/// What a host name stands for, in the order in which the addresses are tried.
class Addresses {
 public:
  /// ErrorKind::kUnreachable: `cannot resolve "kafak-1": name not known`.
  static Result<Addresses> resolve(const Endpoint& endpoint, AddressFamily family);

  const addrinfo* first() const { return list_.get(); }
  /// "10.0.0.1", "::1", each once.
  std::vector<std::string> to_strings() const;

 private:
  struct Free {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
  };
  explicit Addresses(addrinfo* list) : list_(list) {}

  std::unique_ptr<addrinfo, Free> list_;
};

/// A connected, non-blocking socket to the first address that takes it. ErrorKind::kUnreachable:
/// "cannot connect to h:9092: connection refused".
Result<Descriptor> connect_tcp(const Addresses& addresses, const Endpoint& endpoint,
                               const Deadline& deadline);

/// Waits for `events` of poll(). False at the deadline.
bool wait_for(int descriptor, short events, const Deadline& deadline);

/// "connection refused" as one reads it elsewhere: lower case.
std::string reason(int error_number);

/// "no answer in 10s".
std::string no_answer_text(const Deadline& deadline);

}  // namespace kreel::client
