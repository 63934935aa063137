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
constexpr mode_t kPrivateMode = 0600;

tl::unexpected<Error> refuse(const std::string& path) {
  return fail(ErrorKind::kRefused, "refusing to overwrite " + path, "--force keeps a .bak");
}

tl::unexpected<Error> cannot_write(const std::string& path) {
  return fail(ErrorKind::kIo, "write error on " + path + ": " + system_text(errno));
}

Result<void> create_file(const std::string& path, std::string_view text, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
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
  return create_file(path, text, kMode);
}

Result<void> replace_secret_file(const std::string& path, std::string_view text) {
  const std::string made = path + ".new";
  ::unlink(made.c_str());
  TRY(create_file(made, text, kPrivateMode));
  return ::rename(made.c_str(), path.c_str()) == 0 ? Result<void>() : cannot_write(path);
}

}  // namespace kreel::cli
