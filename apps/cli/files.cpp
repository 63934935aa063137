#include "cli/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/descriptors.hpp"

namespace kreel::cli {
namespace {

tl::unexpected<Error> cannot_read_file(const std::string& path, int error) {
  return fail(ErrorKind::kIo, fmt::format("cannot read {}: {}", path, system_text(error)));
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return cannot_read_file(path, errno);
  std::string text;
  std::string chunk(64 * 1024, '\0');
  while (true) {
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read_file(path, errno);
    if (count == 0) return text;
    text.append(chunk, 0, static_cast<std::size_t>(count));
    if (text.size() > bytes_max) {
      return fail(ErrorKind::kIo, fmt::format("{} is over {} bytes", path, bytes_max));
    }
  }
}

std::string system_text(int error) {
  return error == ENOSPC ? "no space left" : to_lower(std::strerror(error));
}

bool file_exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace kreel::cli
