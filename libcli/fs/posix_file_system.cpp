#include <cerrno>
#include <cstdio>

#include <algorithm>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fs/posix_file.hpp"
#include "fs/system_error.hpp"

namespace kreel::fs {
namespace {

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreateExclusive:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::kCreateOrOpen:
      return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    auto descriptor = open_descriptor(path, flags_of(mode));
    if (!descriptor.is_open()) {
      const bool creates = mode == OpenMode::kCreateExclusive || mode == OpenMode::kCreateOrOpen;
      return system_failure(creates ? "creating" : "opening", path, errno);
    }
    return std::make_unique<PosixFile>(path, std::move(descriptor));
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return system_failure("listing", directory, errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> closer(stream, ::closedir);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
      errno = 0;
    }
    if (errno != 0) return system_failure("listing", directory, errno);
    std::sort(names.begin(), names.end());
    return names;
  }

  bool exists(const std::string& path) override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
  }

  bool is_directory(const std::string& path) override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  }

  Result<void> make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0700) == 0) return {};
    const int error = errno;
    if (error == EEXIST && is_directory(path)) return {};
    return system_failure("making directory", path, error);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
    return system_failure("renaming " + from + " to", to, errno);
  }

  Result<void> remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return {};
    return system_failure("removing", path, errno);
  }

  Result<void> remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) == 0) return {};
    return system_failure("removing directory", path, errno);
  }

  Result<void> sync_directory(const std::string& directory) override {
    const auto descriptor = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
    if (!descriptor.is_open()) return system_failure("opening directory", directory, errno);
    int status = ::fsync(descriptor.get());
    while (status != 0 && errno == EINTR) status = ::fsync(descriptor.get());
    if (status != 0) return system_failure("syncing directory", directory, errno);
    return {};
  }

  Result<FreeSpace> free_space(const std::string& path) override {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) {
      return system_failure("reading the free space of", path, errno);
    }
    return FreeSpace{status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize};
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    auto descriptor = open_descriptor(path, O_RDWR | O_CREAT);
    if (!descriptor.is_open()) return system_failure("opening lock file", path, errno);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system_failure("locking", path, errno);
      return fail(ErrorKind::kRefused, path + ": locked by another process");
    }
    return std::make_unique<PosixFileLock>(std::move(descriptor));
  }

  Result<std::int64_t> modified_ms(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return system_failure("stat of", path, errno);
    return std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  }

  bool is_open_to_all(const std::string& path) override {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace kreel::fs
