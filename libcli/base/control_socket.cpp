#include "base/control_socket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/core.h>

namespace kreel {

Result<ControlAddress> ControlAddress::of(const std::string& socket_path) {
  ControlAddress result;
  std::string path = socket_path;
  if (path.size() >= sizeof(result.address_.sun_path)) {
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    result.directory_ = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (result.directory_ < 0) {
      return fail(ErrorKind::kIo, fmt::format("{}: {}", directory, std::strerror(errno)));
    }
    path = fmt::format("/proc/self/fd/{}/{}", result.directory_,
                       path.substr(slash == std::string::npos ? 0 : slash + 1));
    if (path.size() >= sizeof(result.address_.sun_path)) {
      return fail(ErrorKind::kIo, fmt::format("{}: the name is too long", socket_path));
    }
  }
  result.address_.sun_family = AF_UNIX;
  path.copy(result.address_.sun_path, path.size());
  return result;
}

ControlAddress::ControlAddress(ControlAddress&& other) noexcept
    : address_(other.address_), directory_(std::exchange(other.directory_, -1)) {}

ControlAddress::~ControlAddress() {
  if (directory_ >= 0) ::close(directory_);
}

}  // namespace kreel
