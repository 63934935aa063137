#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/random.hpp"
#include "catalog/journal.hpp"
#include "fs/memory_file_system.hpp"
#include "support/faulty_file_system.hpp"

using namespace kreel;
using catalog::Journal;

namespace {

constexpr const char* kPath = "/data/kreel.catalog";

struct Replayed {
  std::vector<std::string> payloads;
  Result<Journal> journal;
};

Replayed open(fs::FileSystem& fs) {
  std::vector<std::string> payloads;
  auto journal = Journal::open(fs, kPath, [&](ByteView payload) -> Result<void> {
    payloads.emplace_back(as_text(payload));
    return {};
  });
  return {std::move(payloads), std::move(journal)};
}

void append(Journal& journal, std::string_view payload) {
  REQUIRE(journal.append(as_bytes(payload)).has_value());
}

Bytes content_of(fs::FileSystem& fs) {
  return *fs::read_whole_file(fs, kPath, 1U << 20);
}

void set_content(fs::FileSystem& fs, ByteView content) {
  REQUIRE(fs::replace_file(fs, kPath, content).has_value());
}

/// A file of three frames.
Bytes three_frames(fs::FileSystem& fs) {
  auto opened = open(fs);
  for (const auto* payload : {"one", "two", "three"}) append(*opened.journal, payload);
  return content_of(fs);
}

}  // namespace

TEST_CASE("journal: what was appended is replayed in order") {
  fs::MemoryFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  CHECK(open(fs).payloads.empty());
  three_frames(fs);
  auto again = open(fs);
  CHECK(again.payloads == std::vector<std::string>{"one", "two", "three"});
  append(*again.journal, "four");
  append(*again.journal, "");
  CHECK(open(fs).payloads == std::vector<std::string>{"one", "two", "three", "four", ""});
}

TEST_CASE("journal: wherever its last frame is torn, the frames before it stay") {
  fs::MemoryFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  const Bytes whole = three_frames(fs);
  const std::size_t last_frame = 20 + 5;
  for (std::size_t cut = 1; cut < last_frame; ++cut) {
    set_content(fs, ByteView(whole).first(whole.size() - cut));
    auto opened = open(fs);
    REQUIRE(opened.journal.has_value());
    CHECK(opened.payloads == std::vector<std::string>{"one", "two"});
    CHECK(content_of(fs).size() == whole.size() - last_frame);
    append(*opened.journal, "new");
    CHECK(open(fs).payloads == std::vector<std::string>{"one", "two", "new"});
  }
}

TEST_CASE("journal: an end of zeros or of old bytes is cut off") {
  fs::MemoryFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  Bytes whole = three_frames(fs);
  Bytes zeros = whole;
  zeros.resize(zeros.size() + 5'000);
  set_content(fs, zeros);
  CHECK(open(fs).payloads.size() == 3);
  CHECK(content_of(fs) == whole);
  whole.back() ^= std::byte{1};
  set_content(fs, whole);
  CHECK(open(fs).payloads.size() == 2);
}

TEST_CASE("journal: damage in the middle is refused, and nothing is changed") {
  fs::MemoryFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  const Bytes whole = three_frames(fs);
  const std::size_t header = 12;
  for (std::size_t at = header; at < header + 20 + 3; ++at) {
    Bytes damaged = whole;
    damaged[at] ^= std::byte{0x40};
    set_content(fs, damaged);
    const auto opened = open(fs);
    REQUIRE(!opened.journal.has_value());
    CHECK(opened.journal.error().kind() == ErrorKind::kBadInput);
    CHECK(content_of(fs) == damaged);
  }
}

TEST_CASE("journal: a missing frame in the middle is refused") {
  fs::MemoryFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  Bytes whole = three_frames(fs);
  whole.erase(whole.begin() + 12 + 23, whole.begin() + 12 + 46);
  set_content(fs, whole);
  CHECK(open(fs).journal.error().kind() == ErrorKind::kBadInput);
}

TEST_CASE("journal: a newer format is refused, and so is a file of somebody else") {
  fs::MemoryFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  Bytes whole = three_frames(fs);
  whole[11] = std::byte{2};
  set_content(fs, whole);
  CHECK(open(fs).journal.error().kind() == ErrorKind::kRefused);
  set_content(fs, as_bytes("something else entirely"));
  CHECK(open(fs).journal.error().kind() == ErrorKind::kBadInput);
  set_content(fs, {});
  CHECK(open(fs).journal.error().kind() == ErrorKind::kBadInput);
}

TEST_CASE("journal: rewriting leaves one frame that more can follow") {
  fs::MemoryFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  three_frames(fs);
  auto opened = open(fs);
  REQUIRE(opened.journal->rewrite(as_bytes("all")).has_value());
  append(*opened.journal, "more");
  CHECK(opened.journal->size_bytes() == content_of(fs).size());
  CHECK(open(fs).payloads == std::vector<std::string>{"all", "more"});
}

TEST_CASE("journal: a full disk fails one append, and the next one works") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  auto opened = open(fs);
  append(*opened.journal, "one");
  fs.inject(
      {.kind = test::OpKind::kWrite, .cause = test::FaultCause::kNoSpace, .path_contains = {}});
  CHECK(!opened.journal->append(as_bytes("two")).has_value());
  CHECK(!opened.journal->is_broken());
  append(*opened.journal, "three");
  CHECK(open(fs).payloads == std::vector<std::string>{"one", "three"});
}

TEST_CASE("journal: after a failed sync nothing is appended any more") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  auto opened = open(fs);
  append(*opened.journal, "one");
  fs.inject({.kind = test::OpKind::kSync, .cause = test::FaultCause::kIo, .path_contains = {}});
  CHECK(!opened.journal->append(as_bytes("two")).has_value());
  CHECK(opened.journal->is_broken());
  CHECK(!opened.journal->append(as_bytes("three")).has_value());
  CHECK(!opened.journal->rewrite(as_bytes("four")).has_value());
}

TEST_CASE("journal: whatever a power failure leaves, what was confirmed is there") {
  test::FaultyFileSystem fs;
  REQUIRE(fs.make_directory("/data"));
  REQUIRE(fs.sync_directory("/"));
  SeededRandom random(7);
  auto opened = open(fs);
  std::vector<std::string> confirmed;
  std::vector<std::string> begun;
  std::size_t states = 0;
  fs.set_hook([&](const test::Op& op) {
    if (!test::changes_state(op.kind)) return;
    for (const auto& choice : fs.crash_choices(random, 4)) {
      test::FaultyFileSystem after(fs.crash_image(choice), system_clock());
      const auto recovered = open(after);
      REQUIRE_MESSAGE(recovered.journal.has_value(), recovered.journal.error().message());
      CHECK((recovered.payloads == confirmed || recovered.payloads == begun));
      ++states;
    }
  });
  for (int i = 0; i < 10; ++i) {
    const std::string payload(static_cast<std::size_t>(1 + i * 300), static_cast<char>('a' + i));
    begun.push_back(payload);
    append(*opened.journal, payload);
    confirmed = begun;
  }
  begun = {"compacted"};
  REQUIRE(opened.journal->rewrite(as_bytes("compacted")).has_value());
  confirmed = begun;
  CHECK(states > 50);
}
