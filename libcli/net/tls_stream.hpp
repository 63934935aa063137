#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.hpp"
#include "security/openssl.hpp"

namespace kreel::net {

/// A server's side of TLS on a non-blocking socket that is somebody else's.
class TlsStream {
 public:
  enum class Progress {
    kDone,
    kWantsRead,   ///< once the socket is readable
    kWantsWrite,  ///< once it takes bytes
    kClosed,      ///< by the other side, in order
    kFailed       ///< error() says why
  };

  TlsStream(security::TlsPtr session, int socket);

  Progress shake_hands();
  /// From now on a record is one system call, where it is two otherwise: of its header, and of what
  /// follows. For peers that are known: it takes twice the memory while a record is incomplete, and
  /// keeps whole records that no poll of the socket tells of.
  void read_ahead();
  /// At least one byte with kDone.
  Progress read(MutableByteView into, std::size_t& count);
  /// At least one byte with kDone. After kWantsWrite the same bytes come again.
  Progress write(ByteView bytes, std::size_t& count);
  /// Tells the other side, as far as that goes without waiting.
  void shut_down();

  const std::string& error() const { return error_; }
  const SSL* session() const { return session_.get(); }

 private:
  Progress progress_of(int result);

  security::TlsPtr session_;
  std::string error_;
  bool is_broken_ = false;
};

}  // namespace kreel::net
