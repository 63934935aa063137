#include "security/socket_bio.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace kreel::security {
namespace {

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(bio)));
}

constexpr int kRetryFlags = BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY;

bool is_temporary(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int write_to_socket(BIO* bio, const char* bytes, int size) {
  ::BIO_clear_flags(bio, kRetryFlags);
  const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && is_temporary(errno)) {
    ::BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
  }
  return static_cast<int>(sent);
}

int read_from_socket(BIO* bio, char* into, int size) {
  ::BIO_clear_flags(bio, kRetryFlags);
  const ssize_t got = ::recv(socket_of(bio), into, static_cast<std::size_t>(size), 0);
  if (got < 0 && is_temporary(errno)) {
    ::BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
  }
  if (got == 0) errno = 0;
  return static_cast<int>(got);
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* method = [] {
    BIO_METHOD* made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "kreel socket");
    ::BIO_meth_set_write(made, write_to_socket);
    ::BIO_meth_set_read(made, read_from_socket);
    ::BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

}  // namespace

BioPtr make_socket_bio(int socket) {
  BioPtr bio(::BIO_new(socket_method()));
  ::BIO_set_data(bio.get(), reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  ::BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace kreel::security
