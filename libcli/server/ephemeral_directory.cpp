#include "server/ephemeral_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/core.h>

namespace kreel::server {
namespace {

constexpr std::string_view kPrefix = "kreel-ephemeral-";

std::string temporary_root() {
  const char* configured = std::getenv("TMPDIR");
  return configured != nullptr && *configured != '\0' ? configured : "/tmp";
}

// The directory itself is locked: the lock ends with the process, however it ends.
int lock_directory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

void remove_abandoned(const std::string& root) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    const std::string path = entry.path();
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const int descriptor = lock_directory(path);
    if (descriptor < 0) continue;
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
    ::close(descriptor);
  }
}

}  // namespace

Result<EphemeralDirectory> EphemeralDirectory::make() {
  const std::string root = temporary_root();
  remove_abandoned(root);
  std::string path = fmt::format("{}/{}XXXXXX", root, kPrefix);
  if (::mkdtemp(path.data()) == nullptr) {
    return fail(ErrorKind::kIo,
                fmt::format("cannot make a directory in {}: {}", root, std::strerror(errno)));
  }
  const int descriptor = lock_directory(path);
  if (descriptor < 0) {
    return fail(ErrorKind::kIo, fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
  }
  return EphemeralDirectory(std::move(path), descriptor);
}

EphemeralDirectory::EphemeralDirectory(EphemeralDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      lock_descriptor_(std::exchange(other.lock_descriptor_, -1)) {}

EphemeralDirectory& EphemeralDirectory::operator=(EphemeralDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_descriptor_, other.lock_descriptor_);
  return *this;
}

EphemeralDirectory::~EphemeralDirectory() {
  if (lock_descriptor_ < 0) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  ::close(lock_descriptor_);
}

}  // namespace kreel::server
