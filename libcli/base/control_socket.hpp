#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "base/result.hpp"

namespace kreel {

/// The control socket of a data directory, as an address to bind or connect to. A path that is too
/// long for a socket's address goes through /proc: the object must live until the call is made.
class ControlAddress {
 public:
  static constexpr const char* kName = "kreel-control";

  /// kIo with the path when the directory cannot be opened.
  static Result<ControlAddress> of(const std::string& socket_path);
  ControlAddress(ControlAddress&& other) noexcept;
  ControlAddress& operator=(ControlAddress&&) = delete;
  ~ControlAddress();

  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr unsigned kSizeBytes = sizeof(sockaddr_un);

 private:
  ControlAddress() = default;

  sockaddr_un address_{};
  int directory_ = -1;
};

}  // namespace kreel
