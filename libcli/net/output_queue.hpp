#pragma once

#include <cstdint>
#include <deque>

#include "net/tls_stream.hpp"
#include "protocol/wire_writer.hpp"

namespace kreel::net {

/// Replies on their way to one socket: memory by sendmsg, file ranges by sendfile; or through TLS.
class OutputQueue {
 public:
  void push(protocol::WireParts frame);
  bool empty() const { return frames_.empty(); }
  std::size_t queued_bytes() const { return queued_bytes_; }

  enum class Progress {
    kDone,        ///< everything is with the kernel
    kBlocked,     ///< the socket takes no more now
    kFailed,      ///< the peer is gone
    kUnreadable,  ///< the file does not give what was promised in the reply
  };
  /// Writes until done or blocked. The socket is non-blocking.
  Progress write_to(int socket);
  /// The same, encrypted.
  Progress write_to(TlsStream& tls);

 private:
  struct Frame {
    protocol::WireParts parts;
    std::size_t next_byte = 0;  ///< of parts.bytes
    std::size_t next_file = 0;  ///< of parts.files
    std::size_t file_sent = 0;  ///< of the current file part
  };

  bool join(const protocol::WireParts& frame);
  Progress write_memory(int socket);
  Progress write_file(int socket, Frame& frame);
  static Progress progress_after_error();
  Progress encrypt_memory(TlsStream& tls, Frame& frame, std::size_t end);
  Progress encrypt_file(TlsStream& tls, Frame& frame);
  void file_written(Frame& frame, std::size_t count);
  void advance(std::size_t count);

  std::deque<Frame> frames_;
  std::size_t queued_bytes_ = 0;
};

}  // namespace kreel::net
