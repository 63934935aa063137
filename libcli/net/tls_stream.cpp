#include "net/tls_stream.hpp"

#include <cerrno>
#include <cstring>

#include "security/socket_bio.hpp"

namespace kreel::net {

TlsStream::TlsStream(security::TlsPtr session, int socket) : session_(std::move(session)) {
  BIO* bio = security::make_socket_bio(socket).release();
  ::SSL_set_bio(session_.get(), bio, bio);
}

TlsStream::Progress TlsStream::progress_of(int result) {
  if (result > 0) return Progress::kDone;
  const int error_number = errno;
  switch (::SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Progress::kWantsRead;
    case SSL_ERROR_WANT_WRITE:
      return Progress::kWantsWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Progress::kClosed;
    case SSL_ERROR_SYSCALL:
      is_broken_ = true;
      ::ERR_clear_error();
      if (error_number == 0) return Progress::kClosed;
      error_ = std::strerror(error_number);
      return Progress::kFailed;
    default:
      is_broken_ = true;
      error_ = security::take_openssl_reason();
      return Progress::kFailed;
  }
}

TlsStream::Progress TlsStream::shake_hands() {
  ::ERR_clear_error();
  errno = 0;
  return progress_of(::SSL_do_handshake(session_.get()));
}

void TlsStream::read_ahead() {
  ::SSL_set_read_ahead(session_.get(), 1);
  ::SSL_set_default_read_buffer_len(session_.get(), 2 * SSL3_RT_MAX_PACKET_SIZE);
}

TlsStream::Progress TlsStream::read(MutableByteView into, std::size_t& count) {
  ::ERR_clear_error();
  errno = 0;
  return progress_of(::SSL_read_ex(session_.get(), into.data(), into.size(), &count));
}

TlsStream::Progress TlsStream::write(ByteView bytes, std::size_t& count) {
  ::ERR_clear_error();
  errno = 0;
  return progress_of(::SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &count));
}

void TlsStream::shut_down() {
  if (is_broken_ || ::SSL_is_init_finished(session_.get()) != 1) return;
  ::ERR_clear_error();
  ::SSL_shutdown(session_.get());
  ::ERR_clear_error();
}

}  // namespace kreel::net
