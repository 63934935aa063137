#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "client/deadline.hpp"
#include "kreel/client_config.hpp"
#include "security/sasl.hpp"

namespace kreel::client {

/// A byte stream to one broker. One thread at a time; closed by its destructor.
class Transport {
 public:
  virtual ~Transport() = default;
  /// All of `bytes`, or ErrorKind::kUnreachable.
  virtual Result<void> send(ByteView bytes, const Deadline& deadline) = 0;
  /// At least one byte; 0 when the other side has closed. ErrorKind::kUnreachable at the deadline,
  /// "no answer in 10s", or when the connection broke.
  virtual Result<std::size_t> receive(MutableByteView into, const Deadline& deadline) = 0;
  /// Waits until receive() has something to tell. False at the deadline.
  virtual bool readable(const Deadline& deadline) = 0;
  virtual bool has_tls() const { return false; }
};

/// Opens transports, with TLS where it is asked for, and knows how to log in.
class Connector {
 public:
  virtual ~Connector() = default;
  /// ErrorKind::kUnreachable: "cannot resolve …" or "cannot connect to …".
  virtual Result<std::unique_ptr<Transport>> connect(const Endpoint& endpoint,
                                                     const Deadline& deadline) = 0;
  /// For each connection one; null where nobody logs in.
  virtual Result<std::unique_ptr<security::SaslClient>> new_login(const Endpoint&) {
    return nullptr;
  }
};

/// TCP without anything on top.
class PlainConnector final : public Connector {
 public:
  explicit PlainConnector(AddressFamily family) : family_(family) {}
  Result<std::unique_ptr<Transport>> connect(const Endpoint& endpoint,
                                             const Deadline& deadline) override;

 private:
  AddressFamily family_;
};

}  // namespace kreel::client
