#include "cli/file_set.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/descriptors.hpp"
#include "cli/files.hpp"
#include "cli/new_file.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {
namespace {

constexpr mode_t kSecretMode = 0600;
constexpr mode_t kPublicMode = 0644;

tl::unexpected<Error> set_error(const std::string& path) {
  return fail(ErrorKind::kIo, fmt::format("write error on {}: {}", path, system_text(errno)));
}

// `place` is what an error names: nobody has asked for the directory of a moment.
Result<void> sync_path(const std::string& directory, const std::string& place) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open() || ::fsync(opened.get()) != 0) return set_error(place);
  return {};
}

Result<void> write_one(const std::string& path, const std::string& place, const NewFile& file) {
  const Descriptor opened(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kSecretMode));
  if (!opened.is_open()) return set_error(place);
  // Whatever umask says.
  if (::fchmod(opened.get(), file.is_secret ? kSecretMode : kPublicMode) != 0) {
    return set_error(place);
  }
  OutStream stream(opened.get(), place);
  stream.write(file.content);
  TRY(stream.finish());
  if (::fsync(opened.get()) != 0) return set_error(place);
  return {};
}

// Files under way, beside their place; what is left goes with it.
class Workshop {
 public:
  static Result<Workshop> open(const std::string& beside, const std::string& place) {
    std::string path = beside + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return set_error(place);
    return Workshop(path);
  }
  Workshop(Workshop&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  Workshop& operator=(Workshop&&) = delete;
  ~Workshop() { clear(); }

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // The directory has become the place itself.
  void release() { path_.clear(); }

 private:
  explicit Workshop(std::string path) : path_(std::move(path)) {}

  void clear() {
    if (path_.empty()) return;
    if (DIR* directory = ::opendir(path_.c_str())) {
      while (const dirent* entry = ::readdir(directory)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") ::unlink(file(name).c_str());
      }
      ::closedir(directory);
    }
    ::rmdir(path_.c_str());
  }

  std::string path_;
};

// Names that have moved into their place, for the way back.
class Moves {
 public:
  explicit Moves(std::string directory) : directory_(std::move(directory)) {}
  Moves(const Moves&) = delete;
  Moves& operator=(const Moves&) = delete;
  ~Moves() {
    if (kept_) return;
    for (auto name = moved_.rbegin(); name != moved_.rend(); ++name) ::unlink(place(*name).c_str());
    for (auto one = backed_up_.rbegin(); one != backed_up_.rend(); ++one) {
      std::rename(one->backup.c_str(), place(one->name).c_str());
    }
  }

  std::string place(const std::string& name) const { return directory_ + "/" + name; }
  Result<void> put_aside(const std::string& name) {
    TRY_ASSIGN(std::string backup, back_up(place(name)));
    backed_up_.push_back({name, std::move(backup)});
    return {};
  }
  Result<void> move(const std::string& from, const std::string& name) {
    const std::string to = place(name);
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
      auto error = set_error(to);
      TRY(check_may_write(to, false));
      return error;
    }
    moved_.push_back(name);
    return {};
  }
  void keep() { kept_ = true; }

 private:
  struct BackUp {
    std::string name;
    std::string backup;
  };

  std::string directory_;
  std::vector<std::string> moved_;
  std::vector<BackUp> backed_up_;
  bool kept_ = false;
};

// The files of `place`, in a directory whose name begins with `beside`.
Result<Workshop> prepare(const std::string& beside, const std::string& place,
                         const std::vector<NewFile>& files) {
  TRY_ASSIGN(Workshop workshop, Workshop::open(beside, place));
  for (const NewFile& file : files) {
    TRY(write_one(workshop.file(file.name), place + "/" + file.name, file));
  }
  TRY(sync_path(workshop.path(), place));
  return workshop;
}

Result<void> fill_directory(const std::string& directory, const std::vector<NewFile>& files,
                            bool force) {
  for (const NewFile& file : files) TRY(check_may_write(directory + "/" + file.name, force));
  TRY_ASSIGN(const Workshop workshop, prepare(directory + "/.kreel-", directory, files));
  Moves moves(directory);
  for (const NewFile& file : files) {
    if (is_taken(moves.place(file.name))) TRY(moves.put_aside(file.name));
    TRY(moves.move(workshop.file(file.name), file.name));
  }
  moves.keep();
  return sync_path(directory, directory);
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<void> write_file_set(const std::string& directory, const std::vector<NewFile>& files,
                            bool force) {
  std::string place = directory;
  while (place.size() > 1 && place.ends_with('/')) place.pop_back();
  if (file_exists(place)) return fill_directory(place, files, force);
  TRY_ASSIGN(Workshop workshop, prepare(place + ".kreel-", place, files));
  if (::renameat2(AT_FDCWD, workshop.path().c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) !=
      0) {
    return set_error(place);
  }
  workshop.release();
  return sync_path(parent_of(place), place);
}

bool is_for_owner_alone(const std::string& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

}  // namespace kreel::cli
