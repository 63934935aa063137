#include <csignal>
#include <cstdio>

#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/file_system.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;
using fs::OpenMode;

namespace {

/// Lowers one resource limit for a scope.
class LimitScope {
 public:
  LimitScope(__rlimit_resource resource, rlim_t limit) : resource_(resource) {
    ::getrlimit(resource_, &before_);
    rlimit lowered{limit, before_.rlim_max};
    ::setrlimit(resource_, &lowered);
  }
  ~LimitScope() { ::setrlimit(resource_, &before_); }

 private:
  __rlimit_resource resource_;
  rlimit before_{};
};

}  // namespace

TEST_CASE("posix: files are private and are not inherited by child processes") {
  const test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  const auto file = fs->open(directory / "a", OpenMode::kCreateExclusive);
  REQUIRE(file.has_value());
  struct stat status {};
  REQUIRE(::stat((directory / "a").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK((::fcntl((*file)->descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(fs->make_directory(directory / "d").has_value());
  REQUIRE(::stat((directory / "d").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("posix: running out of descriptors says so and names the remedy") {
  const test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  const LimitScope limit(RLIMIT_NOFILE, 3);
  const auto file = fs->open(directory / "a", OpenMode::kCreateOrOpen);
  REQUIRE_FALSE(file.has_value());
  CHECK_FALSE(fs::is_out_of_space(file.error()));
  CHECK(file.error().kind() == ErrorKind::kIo);
  CHECK(file.error().message() == "creating " + (directory / "a") + ": Too many open files");
  const auto names_the_remedy = [](const Error& error) {
    return error.hint().find("ulimit -n") != std::string::npos;
  };
  CHECK(names_the_remedy(file.error()));
  CHECK(names_the_remedy(fs->list(directory.path()).error()));
  CHECK(names_the_remedy(fs->sync_directory(directory.path()).error()));
  CHECK(names_the_remedy(fs->lock(directory / "l").error()));
}

TEST_CASE("posix: a write that the kernel cuts short is continued, then its error is told") {
  const test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  const auto file = fs->open(directory / "a", OpenMode::kCreateOrOpen);
  REQUIRE(file.has_value());
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  Result<void> written;
  {
    const LimitScope limit(RLIMIT_FSIZE, 1000);
    written = (*file)->write_at(Bytes(1500), 0);
  }
  std::signal(SIGXFSZ, ignored);
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().message() == "writing " + (directory / "a") + ": File too large");
  CHECK((*file)->size_bytes().value() == 1000);
}

TEST_CASE("posix: a full disk is told apart from a broken one") {
  if (::access("/dev/full", W_OK) != 0) return;
  const auto fs = fs::make_posix_file_system();
  const auto file = fs->open("/dev/full", OpenMode::kReadWrite);
  REQUIRE(file.has_value());
  const auto written = (*file)->write_at(as_bytes("x"), 0);
  REQUIRE_FALSE(written.has_value());
  CHECK(fs::is_out_of_space(written.error()));
  CHECK(written.error().message() == "writing /dev/full: No space left on device");
}

TEST_CASE("posix: what was dropped from the page cache is cold until it is warmed") {
  const test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  const auto file = fs->open(directory / "a", OpenMode::kCreateOrOpen);
  REQUIRE(file.has_value());
  const Bytes content(3 << 20, std::byte{1});
  REQUIRE((*file)->write_at(content, 0).has_value());
  REQUIRE((*file)->sync_data().has_value());
  CHECK((*file)->is_cached(0, content.size()));
  ::posix_fadvise((*file)->descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  // A file system in memory (tmpfs) never drops; only then may it still be cached.
  const bool still_cached = (*file)->is_cached(0, content.size());
  (*file)->warm(0, content.size());
  CHECK((*file)->is_cached(0, content.size()));
  if (still_cached) MESSAGE("this file system keeps its pages: nothing was tested");
}

TEST_CASE("posix: a lock dies with its holder, not with another open of the file") {
  const test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  const auto held = fs->lock(directory / ".lock");
  REQUIRE(held.has_value());
  { const auto other = fs->open(directory / ".lock", OpenMode::kRead); }
  CHECK(fs->lock(directory / ".lock").error().kind() == ErrorKind::kRefused);
}

TEST_CASE("remove_tree: what a link points to stays") {
  const test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  REQUIRE(fs::make_directories(*fs, directory / "outside").has_value());
  REQUIRE(fs->open(directory / "outside/kept", OpenMode::kCreateOrOpen).has_value());
  REQUIRE(fs::make_directories(*fs, directory / "tree").has_value());
  REQUIRE(::symlink((directory / "outside").c_str(), (directory / "tree/link").c_str()) == 0);
  REQUIRE(fs::remove_tree(*fs, directory / "tree").has_value());
  CHECK_FALSE(fs->exists(directory / "tree"));
  CHECK(fs->exists(directory / "outside/kept"));
}

TEST_CASE("posix: readers and a writer share one handle") {
  const test::TempDirectory directory;
  const auto fs = fs::make_posix_file_system();
  const auto file = fs->open(directory / "a", OpenMode::kCreateOrOpen);
  REQUIRE((*file)->write_at(Bytes(4096, std::byte{7}), 0).has_value());
  bool same = true;
  std::thread reader([&] {
    Bytes into(4096);
    for (int i = 0; i < 200; ++i) {
      same = same && (*file)->read_at(into, 0).value() == into.size() && into[99] == std::byte{7};
    }
  });
  for (std::uint64_t i = 1; i <= 200; ++i) {
    REQUIRE((*file)->write_at(Bytes(4096, std::byte{7}), i * 4096).has_value());
  }
  reader.join();
  CHECK(same);
}
