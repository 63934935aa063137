#include "cli/byte_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

constexpr int kIdleMs = 100;

tl::unexpected<Error> cannot_read(const std::string& name, int code) {
  return fail(ErrorKind::kIo,
              fmt::format("cannot read {}: {}", name, to_lower(std::strerror(code))));
}

}  // namespace

ByteSource::ByteSource(int fd, std::string name) : fd_(fd), name_(std::move(name)) {
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return;
  const off_t at = ::lseek(fd_, 0, SEEK_CUR);
  size_ = status.st_size - (at > 0 ? at : 0);
  ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      size_(other.size_),
      hooks_(std::move(other.hooks_)) {}

ByteSource::~ByteSource() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

Result<ByteSource> ByteSource::open(const std::string& path) {
  if (path == "-") return ByteSource(STDIN_FILENO, "stdin");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cannot_read(path, errno);
  return ByteSource(fd, path);
}

// False when the hooks give up.
bool ByteSource::wait_readable() const {
  std::array<pollfd, 2> waiting{pollfd{fd_, POLLIN, 0}, pollfd{hooks_.stop_descriptor, POLLIN, 0}};
  while (true) {
    const int ready = ::poll(waiting.data(), waiting.size(), kIdleMs);
    if (waiting[1].revents != 0) return false;
    if (ready > 0) return true;
    if (hooks_.idle && !hooks_.idle()) return false;
  }
}

Result<std::size_t> ByteSource::read(char* into, std::size_t size) {
  while (true) {
    if (!wait_readable()) return 0U;
    const ssize_t count = ::read(fd_, into, size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) return cannot_read(name_, errno);
  }
}

}  // namespace kreel::cli
