#include "fs/posix_file.hpp"

#include <cerrno>

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fs/system_error.hpp"

namespace kreel::fs {
namespace {

constexpr std::uint64_t kProbeStrideBytes = 256 * 1024;
constexpr std::size_t kWarmChunkBytes = 128 * 1024;

/// Repeats a system call that a signal interrupted.
template <class Call>
auto again_after_signal(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

off_t as_off(std::uint64_t position) {
  return static_cast<off_t>(position);
}

/// Whether the byte at `position` can be read without waiting for the disk.
bool byte_is_cached(int descriptor, std::uint64_t position) {
  char byte = 0;
  const iovec into{&byte, 1};
  const auto count = again_after_signal(
      [&] { return preadv2(descriptor, &into, 1, as_off(position), RWF_NOWAIT); });
  // File systems that cannot tell (EOPNOTSUPP) are read directly: a detour for each read would be
  // slower than the rare wait.
  return count >= 0 || errno != EAGAIN;
}

}  // namespace

Descriptor open_descriptor(const std::string& path, int flags) {
  return Descriptor(
      again_after_signal([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); }));
}

Result<void> PosixFile::write_at(ByteView bytes, std::uint64_t position) {
  while (!bytes.empty()) {
    const auto count = again_after_signal(
        [&] { return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), as_off(position)); });
    if (count < 0) return system_failure("writing", path_, errno);
    if (count == 0) return system_failure("writing", path_, EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    position += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<std::size_t> PosixFile::read_at(MutableByteView into, std::uint64_t position) const {
  std::size_t total = 0;
  while (total < into.size()) {
    const auto rest = into.subspan(total);
    const auto count = again_after_signal([&] {
      return ::pread(descriptor_.get(), rest.data(), rest.size(), as_off(position + total));
    });
    if (count < 0) return system_failure("reading", path_, errno);
    if (count == 0) break;
    total += static_cast<std::size_t>(count);
  }
  return total;
}

Result<std::uint64_t> PosixFile::size_bytes() const {
  struct stat status {};
  if (::fstat(descriptor_.get(), &status) != 0) return system_failure("stat of", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> PosixFile::truncate(std::uint64_t size_bytes) {
  if (again_after_signal([&] { return ::ftruncate(descriptor_.get(), as_off(size_bytes)); }) != 0) {
    return system_failure("truncating", path_, errno);
  }
  return {};
}

Result<void> PosixFile::preallocate(std::uint64_t size_bytes) {
  if (size_bytes == 0) return {};
  const auto status = again_after_signal(
      [&] { return ::fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, 0, as_off(size_bytes)); });
  // Without the call (ZFS, NFS) blocks come with each write, as ever.
  if (status != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    return system_failure("reserving space for", path_, errno);
  }
  return {};
}

Result<void> PosixFile::sync_data() {
  if (again_after_signal([&] { return ::fdatasync(descriptor_.get()); }) != 0) {
    return system_failure("syncing", path_, errno);
  }
  return {};
}

bool PosixFile::is_cached(std::uint64_t position, std::size_t size_bytes) const {
  if (size_bytes == 0) return true;
  const auto last = position + size_bytes - 1;
  for (auto probe = position; probe < last; probe += kProbeStrideBytes) {
    if (!byte_is_cached(descriptor_.get(), probe)) return false;
  }
  return byte_is_cached(descriptor_.get(), last);
}

void PosixFile::warm(std::uint64_t position, std::size_t size_bytes) const {
  Bytes chunk(std::min(size_bytes, kWarmChunkBytes));
  while (size_bytes > 0) {
    const auto want = std::min(size_bytes, chunk.size());
    const auto count = read_at(MutableByteView(chunk).first(want), position);
    if (!count || *count < want) return;
    position += want;
    size_bytes -= want;
  }
}

}  // namespace kreel::fs
