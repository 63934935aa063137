// The contract of FileSystem, held against each implementation.
#include "fs/file_system.hpp"

#include <cerrno>
#include <cstring>

#include <doctest/doctest.h>

#include "fs/memory_file_system.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;
using fs::OpenMode;

namespace {

struct PosixFixture {
  test::TempDirectory directory;
  std::unique_ptr<fs::FileSystem> owner = fs::make_posix_file_system();
  fs::FileSystem& fs = *owner;
  std::string at(const std::string& name) const { return directory / name; }
};

struct MemoryFixture {
  fs::MemoryFileSystem memory;
  fs::FileSystem& fs = memory;
  MemoryFixture() { REQUIRE(fs.make_directory("/d").has_value()); }
  std::string at(const std::string& name) const { return "/d/" + name; }
};

void put(fs::FileSystem& fs, const std::string& path, std::string_view text) {
  auto file = fs.open(path, OpenMode::kCreateOrOpen);
  REQUIRE(file.has_value());
  REQUIRE((*file)->write_at(as_bytes(text), 0).has_value());
}

std::string get(fs::FileSystem& fs, const std::string& path) {
  const auto content = fs::read_whole_file(fs, path, 1 << 20);
  return content ? std::string(as_text(*content)) : "error: " + content.error().message();
}

}  // namespace

TEST_CASE_TEMPLATE("file: bytes are read back where they were written", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  auto file = f.fs.open(f.at("a"), OpenMode::kCreateExclusive);
  REQUIRE(file.has_value());
  CHECK((*file)->path() == f.at("a"));
  REQUIRE((*file)->write_at(as_bytes("world"), 6).has_value());
  REQUIRE((*file)->write_at(as_bytes("hello"), 0).has_value());
  CHECK((*file)->size_bytes().value() == 11);
  Bytes into(20);
  REQUIRE((*file)->read_at(into, 0).value() == 11);
  CHECK(as_text(ByteView(into).first(11)) == std::string_view("hello\0world", 11));
  CHECK((*file)->read_at(MutableByteView(into).first(3), 7).value() == 3);
  CHECK(as_text(ByteView(into).first(3)) == "orl");
  CHECK((*file)->read_at(into, 11).value() == 0);
  CHECK((*file)->read_at(into, 400).value() == 0);
}

TEST_CASE_TEMPLATE("file: truncation cuts, and grows with zeros", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  put(f.fs, f.at("a"), "abcdef");
  auto file = f.fs.open(f.at("a"), OpenMode::kReadWrite);
  REQUIRE(file.has_value());
  REQUIRE((*file)->truncate(2).has_value());
  REQUIRE((*file)->truncate(4).has_value());
  CHECK(get(f.fs, f.at("a")) == std::string("ab\0\0", 4));
}

TEST_CASE_TEMPLATE("file: reserved space does not change the size", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  put(f.fs, f.at("a"), "abc");
  auto file = f.fs.open(f.at("a"), OpenMode::kReadWrite);
  REQUIRE(file.has_value());
  REQUIRE((*file)->preallocate(1 << 20).has_value());
  REQUIRE((*file)->preallocate(0).has_value());
  CHECK((*file)->size_bytes().value() == 3);
  CHECK((*file)->sync_data().has_value());
}

TEST_CASE_TEMPLATE("file: what was just written is cached, and warming it is harmless", Fixture,
                   PosixFixture, MemoryFixture) {
  Fixture f;
  put(f.fs, f.at("a"), std::string(700'000, 'x'));
  auto file = f.fs.open(f.at("a"), OpenMode::kRead);
  REQUIRE(file.has_value());
  (*file)->warm(0, 700'000);
  (*file)->warm(699'000, 900'000);
  CHECK((*file)->is_cached(0, 700'000));
  CHECK((*file)->is_cached(0, 0));
  CHECK((*file)->is_cached(699'999, 1));
}

TEST_CASE_TEMPLATE("open: each mode insists on what it says", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  const auto missing = f.fs.open(f.at("a"), OpenMode::kRead);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind() == ErrorKind::kNotFound);
  CHECK(missing.error().message() == "opening " + f.at("a") + ": No such file or directory");
  CHECK_FALSE(f.fs.open(f.at("a"), OpenMode::kReadWrite).has_value());
  put(f.fs, f.at("a"), "kept");
  const auto second = f.fs.open(f.at("a"), OpenMode::kCreateExclusive);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind() == ErrorKind::kIo);
  CHECK(second.error().message() == "creating " + f.at("a") + ": File exists");
  CHECK(f.fs.open(f.at("a"), OpenMode::kCreateOrOpen).has_value());
  CHECK(get(f.fs, f.at("a")) == "kept");
  const auto reader = f.fs.open(f.at("a"), OpenMode::kRead);
  CHECK((*reader)->write_at(as_bytes("x"), 0).error().kind() == ErrorKind::kIo);
  CHECK_FALSE((*reader)->truncate(0).has_value());
  CHECK_FALSE(f.fs.open(f.at("no/such/b"), OpenMode::kCreateOrOpen).has_value());
}

TEST_CASE_TEMPLATE("directory: names are listed in order", Fixture, PosixFixture, MemoryFixture) {
  Fixture f;
  put(f.fs, f.at("b"), "");
  put(f.fs, f.at("a"), "");
  REQUIRE(f.fs.make_directory(f.at("c")).has_value());
  CHECK(f.fs.make_directory(f.at("c")).has_value());
  CHECK_FALSE(f.fs.make_directory(f.at("a")).has_value());
  CHECK(f.fs.list(f.at("")).value() == std::vector<std::string>{"a", "b", "c"});
  CHECK(f.fs.is_directory(f.at("c")));
  CHECK_FALSE(f.fs.is_directory(f.at("a")));
  CHECK(f.fs.exists(f.at("a")));
  CHECK_FALSE(f.fs.exists(f.at("d")));
  CHECK(f.fs.list(f.at("d")).error().kind() == ErrorKind::kNotFound);
  CHECK_FALSE(f.fs.list(f.at("a")).has_value());
  CHECK(f.fs.sync_directory(f.at("c")).has_value());
  CHECK_FALSE(f.fs.sync_directory(f.at("d")).has_value());
}

TEST_CASE_TEMPLATE("rename: the target is replaced, open files stay", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  put(f.fs, f.at("a"), "new");
  put(f.fs, f.at("b"), "old");
  const auto old = f.fs.open(f.at("b"), OpenMode::kRead);
  REQUIRE(f.fs.rename(f.at("a"), f.at("b")).has_value());
  CHECK(get(f.fs, f.at("b")) == "new");
  CHECK_FALSE(f.fs.exists(f.at("a")));
  Bytes into(3);
  REQUIRE((*old)->read_at(into, 0).value() == 3);
  CHECK(as_text(into) == "old");
  CHECK(f.fs.rename(f.at("a"), f.at("b")).error().kind() == ErrorKind::kNotFound);
}

TEST_CASE_TEMPLATE("rename: a directory moves with its files", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  REQUIRE(f.fs.make_directory(f.at("t")).has_value());
  put(f.fs, f.at("t/0.log"), "x");
  REQUIRE(f.fs.rename(f.at("t"), f.at("t-delete")).has_value());
  CHECK(get(f.fs, f.at("t-delete/0.log")) == "x");
  CHECK_FALSE(f.fs.exists(f.at("t")));
  put(f.fs, f.at("file"), "");
  CHECK_FALSE(f.fs.rename(f.at("file"), f.at("t-delete")).has_value());
  CHECK_FALSE(f.fs.rename(f.at("t-delete"), f.at("file")).has_value());
}

TEST_CASE_TEMPLATE("remove: files and empty directories, each by its own call", Fixture,
                   PosixFixture, MemoryFixture) {
  Fixture f;
  REQUIRE(f.fs.make_directory(f.at("t")).has_value());
  put(f.fs, f.at("t/a"), "x");
  CHECK_FALSE(f.fs.remove_file(f.at("t")).has_value());
  CHECK_FALSE(f.fs.remove_directory(f.at("t")).has_value());
  CHECK_FALSE(f.fs.remove_directory(f.at("t/a")).has_value());
  CHECK(f.fs.remove_file(f.at("t/a")).has_value());
  CHECK(f.fs.remove_file(f.at("t/a")).error().kind() == ErrorKind::kNotFound);
  CHECK(f.fs.remove_directory(f.at("t")).has_value());
  CHECK(f.fs.remove_directory(f.at("t")).error().kind() == ErrorKind::kNotFound);
}

TEST_CASE_TEMPLATE("lock: one holder at a time", Fixture, PosixFixture, MemoryFixture) {
  Fixture f;
  auto first = f.fs.lock(f.at(".lock"));
  REQUIRE(first.has_value());
  const auto second = f.fs.lock(f.at(".lock"));
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind() == ErrorKind::kRefused);
  CHECK(second.error().message() == f.at(".lock") + ": locked by another process");
  first->reset();
  CHECK(f.fs.lock(f.at(".lock")).has_value());
}

TEST_CASE_TEMPLATE("status: free space and time of the last change", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  const auto before = system_clock().wall_ms();
  put(f.fs, f.at("a"), "x");
  const auto space = f.fs.free_space(f.at(""));
  REQUIRE(space.has_value());
  CHECK(space->available_bytes <= space->total_bytes);
  CHECK(space->total_bytes > 0);
  const auto modified = f.fs.modified_ms(f.at("a"));
  REQUIRE(modified.has_value());
  CHECK(*modified >= before - 1'000);
  CHECK(*modified <= system_clock().wall_ms() + 1'000);
  CHECK(f.fs.modified_ms(f.at("b")).error().kind() == ErrorKind::kNotFound);
}

TEST_CASE_TEMPLATE("replace_file: old content until the new one is whole", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  REQUIRE(fs::replace_file(f.fs, f.at("m"), as_bytes("first, and long")).has_value());
  put(f.fs, f.at("m.tmp"), "left over by a crash, longer than what comes");
  REQUIRE(fs::replace_file(f.fs, f.at("m"), as_bytes("second")).has_value());
  CHECK(get(f.fs, f.at("m")) == "second");
  CHECK(f.fs.list(f.at("")).value() == std::vector<std::string>{"m"});
  CHECK_FALSE(fs::replace_file(f.fs, f.at("no/m"), as_bytes("x")).has_value());
}

TEST_CASE_TEMPLATE("read_whole_file: a file that is too large is refused", Fixture, PosixFixture,
                   MemoryFixture) {
  Fixture f;
  put(f.fs, f.at("a"), "12345");
  CHECK(fs::read_whole_file(f.fs, f.at("a"), 5).has_value());
  const auto refused = fs::read_whole_file(f.fs, f.at("a"), 4);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind() == ErrorKind::kBadInput);
  CHECK(fs::read_whole_file(f.fs, f.at("b"), 4).error().kind() == ErrorKind::kNotFound);
}

TEST_CASE_TEMPLATE("trees: made with their parents, removed with their content", Fixture,
                   PosixFixture, MemoryFixture) {
  Fixture f;
  REQUIRE(fs::make_directories(f.fs, f.at("x/y/z")).has_value());
  CHECK(fs::make_directories(f.fs, f.at("x/y/z/")).has_value());
  put(f.fs, f.at("x/y/a"), "1");
  put(f.fs, f.at("x/y/z/b"), "2");
  REQUIRE(fs::remove_tree(f.fs, f.at("x")).has_value());
  CHECK(f.fs.list(f.at("")).value().empty());
  CHECK(fs::remove_tree(f.fs, f.at("x")).has_value());
}

TEST_CASE("paths: joined and cut at slashes") {
  CHECK(fs::join("a", "b") == "a/b");
  CHECK(fs::join("a/", "b") == "a/b");
  CHECK(fs::join("", "b") == "b");
  CHECK(fs::join("/", "b") == "/b");
  CHECK(fs::parent_directory("a/b") == "a");
  CHECK(fs::parent_directory("a/b/") == "a");
  CHECK(fs::parent_directory("a//b") == "a");
  CHECK(fs::parent_directory("a") == ".");
  CHECK(fs::parent_directory("/a") == "/");
  CHECK(fs::parent_directory("/") == "/");
}
