// Operations that fail on purpose.
#include <doctest/doctest.h>

#include "support/faulty_file_system.hpp"

using namespace kreel;
using fs::OpenMode;
using test::Fault;
using test::FaultCause;
using test::FaultyFileSystem;
using test::OpKind;
using test::SyncFailure;

namespace {

std::unique_ptr<fs::File> make(FaultyFileSystem& fs, const std::string& path,
                               std::string_view text) {
  auto file = fs.open(path, OpenMode::kCreateOrOpen);
  REQUIRE(file.has_value());
  REQUIRE((*file)->write_at(as_bytes(text), 0).has_value());
  REQUIRE((*file)->sync_data().has_value());
  REQUIRE(fs.sync_directory("/").has_value());
  return std::move(*file);
}

std::string live(FaultyFileSystem& fs, const std::string& path) {
  return std::string(as_text(fs::read_whole_file(fs, path, 1000).value()));
}

/// The content after a crash that loses all that it may.
std::string durable(FaultyFileSystem& fs, const std::string& path) {
  const test::CrashChoice all_lost{std::vector(fs.pending_count(), test::Fate::kLost), 0};
  return std::string(as_text(fs.crash_image(all_lost)->entries.at(path)->content));
}

Fault fault_on(OpKind kind, FaultCause cause) {
  Fault fault;
  fault.kind = kind;
  fault.cause = cause;
  return fault;
}

}  // namespace

TEST_CASE("fault: the nth call fails once, a sticky one for ever") {
  FaultyFileSystem fs;
  const auto file = make(fs, "a", "");
  auto fault = fault_on(OpKind::kWrite, FaultCause::kIo);
  fault.nth = 2;
  fs.inject(fault);
  CHECK(file->write_at(as_bytes("1"), 0).has_value());
  const auto failed = file->write_at(as_bytes("2"), 1);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().message() == "writing a: Input/output error");
  CHECK(file->write_at(as_bytes("3"), 1).has_value());
  CHECK(live(fs, "a") == "13");
  fs.clear_faults();
  fault.nth = 1;
  fault.sticky = true;
  fs.inject(fault);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(file->write_at(as_bytes("x"), 0).has_value());
  CHECK(fs.fault_count() == 4);
  CHECK(live(fs, "a") == "13");
}

TEST_CASE("fault: a short write leaves half of the bytes and a full disk") {
  FaultyFileSystem fs;
  const auto file = make(fs, "a", "");
  fs.inject(fault_on(OpKind::kWrite, FaultCause::kShortWrite));
  const auto failed = file->write_at(as_bytes("123456"), 0);
  REQUIRE_FALSE(failed.has_value());
  CHECK(fs::is_out_of_space(failed.error()));
  CHECK(live(fs, "a") == "123");
}

TEST_CASE("fault: no cause hits a call that cannot have it") {
  FaultyFileSystem fs;
  const auto file = make(fs, "a", "1");
  Fault fault;
  fault.sticky = true;
  fault.cause = FaultCause::kTooManyFiles;
  fs.inject(fault);
  CHECK(file->write_at(as_bytes("2"), 0).has_value());
  CHECK(file->sync_data().has_value());
  CHECK(fs.open("a", OpenMode::kRead).error().message().ends_with(": Too many open files"));
  CHECK(fs.sync_directory("/").error().message().ends_with(": Too many open files"));
  fs.clear_faults();
  fault.cause = FaultCause::kNoSpace;
  fs.inject(fault);
  CHECK(fs.open("a", OpenMode::kRead).has_value());
  CHECK(file->sync_data().has_value());
  CHECK(fs::is_out_of_space(fs.make_directory("d").error()));
  CHECK(fs::is_out_of_space(file->write_at(as_bytes("2"), 0).error()));
}

TEST_CASE("fault: only the paths that were named") {
  FaultyFileSystem fs;
  auto fault = fault_on(OpKind::kCreate, FaultCause::kIo);
  fault.path_contains = ".log";
  fault.sticky = true;
  fs.inject(fault);
  CHECK(fs.open("a.index", OpenMode::kCreateOrOpen).has_value());
  CHECK_FALSE(fs.open("a.log", OpenMode::kCreateOrOpen).has_value());
  CHECK_FALSE(fs.exists("a.log"));
}

TEST_CASE("failed sync: pages are clean with new content, and a second sync lies") {
  FaultyFileSystem fs;
  const auto file = make(fs, "a", "old");
  REQUIRE(file->write_at(as_bytes("new"), 0).has_value());
  fs.inject(fault_on(OpKind::kSync, FaultCause::kIo));
  CHECK_FALSE(file->sync_data().has_value());
  CHECK(live(fs, "a") == "new");
  CHECK(durable(fs, "a") == "old");
  CHECK(file->sync_data().has_value());
  CHECK(live(fs, "a") == "new");
  CHECK(durable(fs, "a") == "old");
}

TEST_CASE("failed sync: pages are dropped, reads show the disk") {
  FaultyFileSystem fs;
  const auto file = make(fs, "a", "old");
  REQUIRE(file->write_at(as_bytes("newer"), 0).has_value());
  auto fault = fault_on(OpKind::kSync, FaultCause::kIo);
  fault.sync = SyncFailure::kCleanOldContent;
  fs.inject(fault);
  CHECK_FALSE(file->sync_data().has_value());
  CHECK(live(fs, "a") == std::string("old\0\0", 5));
  CHECK(durable(fs, "a") == "old");
}

TEST_CASE("failed sync: pages stay dirty, the next one is true") {
  FaultyFileSystem fs;
  const auto file = make(fs, "a", "old");
  REQUIRE(file->write_at(as_bytes("new"), 0).has_value());
  auto fault = fault_on(OpKind::kSync, FaultCause::kIo);
  fault.sync = SyncFailure::kStillDirty;
  fs.inject(fault);
  CHECK_FALSE(file->sync_data().has_value());
  CHECK(durable(fs, "a") == "old");
  CHECK(file->sync_data().has_value());
  CHECK(durable(fs, "a") == "new");
}

TEST_CASE("failed sync: told by the next call on the same file only") {
  FaultyFileSystem fs;
  const auto file = make(fs, "a", "old");
  const auto other = make(fs, "b", "");
  auto fault = fault_on(OpKind::kSync, FaultCause::kIo);
  fault.sync = SyncFailure::kOnNextCall;
  fs.inject(fault);
  CHECK(file->sync_data().has_value());
  CHECK(other->sync_data().has_value());
  CHECK_FALSE(file->sync_data().has_value());
  CHECK(file->sync_data().has_value());
}

TEST_CASE("operations: each is counted and shown to the hook before it happens") {
  FaultyFileSystem fs;
  std::vector<std::string> seen;
  fs.set_hook([&](const test::Op& op) {
    CHECK(op.number == seen.size() + 1);
    seen.push_back(std::string(name_of(op.kind)) + " " + op.path);
    if (op.kind == OpKind::kCreate) CHECK_FALSE(fs.exists(op.path));
  });
  REQUIRE(fs.make_directory("d").has_value());
  REQUIRE(fs.make_directory("d").has_value());
  const auto file = fs.open("d/a", OpenMode::kCreateExclusive);
  REQUIRE((*file)->write_at(as_bytes("1"), 0).has_value());
  REQUIRE((*file)->preallocate(100).has_value());
  REQUIRE((*file)->truncate(0).has_value());
  REQUIRE((*file)->sync_data().has_value());
  REQUIRE(fs.list("d").has_value());
  REQUIRE(fs.rename("d/a", "d/b").has_value());
  REQUIRE(fs.modified_ms("d/b").has_value());
  REQUIRE(fs.remove_file("d/b").has_value());
  REQUIRE(fs.sync_directory("d").has_value());
  REQUIRE(fs.remove_directory("d").has_value());
  CHECK(seen == std::vector<std::string>{"make directory d", "create d/a", "write d/a",
                                         "preallocate d/a", "truncate d/a", "sync d/a", "list d",
                                         "rename d/a", "stat d/b", "remove d/b", "sync directory d",
                                         "remove d"});
  CHECK(fs.op_count() == 12);
  CHECK(fs.op_count(OpKind::kRemove) == 2);
}

TEST_CASE("lock: held until it is let go, free after a crash") {
  FaultyFileSystem fs;
  auto held = fs.lock(".lock");
  REQUIRE(held.has_value());
  CHECK(fs.lock(".lock").error().kind() == ErrorKind::kRefused);
  FaultyFileSystem next(fs.image_after_kill(), system_clock());
  CHECK(next.lock(".lock").has_value());
  fs.set_free_space({10, 100});
  CHECK(fs.free_space("/").value().available_bytes == 10);
}
