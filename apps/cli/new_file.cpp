#include "cli/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "cli/files.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {
namespace {

constexpr mode_t kMode = 0666;  // as far as umask allows

tl::unexpected<Error> refuse(const std::string& path) {
  return fail(ErrorKind::kRefused, "refusing to overwrite " + path, "--force keeps a .bak");
}

tl::unexpected<Error> cannot_write(const std::string& path) {
  return fail(ErrorKind::kIo, "write error on " + path + ": " + system_text(errno));
}

}  // namespace

bool is_taken(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

Result<std::string> back_up(const std::string& path) {
  for (int number = 1;; ++number) {
    const std::string backup = path + ".bak" + (number == 1 ? "" : std::to_string(number));
    if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, backup.c_str(), RENAME_NOREPLACE) == 0) {
      return backup;
    }
    if (errno != EEXIST) return cannot_write(backup);
  }
}

Result<void> check_may_write(const std::string& path, bool force) {
  return force || !is_taken(path) ? Result<void>() : refuse(path);
}

Result<void> write_new_file(const std::string& path, std::string_view text, bool force) {
  if (force && is_taken(path)) TRY(back_up(path));
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (fd < 0) return errno == EEXIST ? refuse(path) : cannot_write(path);
  Result<void> written;
  {
    OutStream file(fd, path);
    file.write(text);
    written = file.finish();
  }
  if (written && ::fsync(fd) != 0) written = cannot_write(path);
  ::close(fd);
  if (!written) ::unlink(path.c_str());
  return written;
}

}  // namespace kreel::cli
