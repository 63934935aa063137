// What a crash may leave behind.
#include <set>

#include <doctest/doctest.h>

#include "support/faulty_file_system.hpp"

using namespace kreel;
using fs::OpenMode;
using test::FaultyFileSystem;

namespace {

using Tree = std::map<std::string, std::string>;  // path -> content, "<dir>" for a directory

void collect(const test::Node& node, const std::string& path, Tree& tree) {
  for (const auto& [name, child] : node->entries) {
    tree[path + name] = child->is_directory ? "<dir>" : std::string(as_text(child->content));
    collect(child, path + name + "/", tree);
  }
}

Tree tree_of(const test::Node& root) {
  Tree tree;
  collect(root, "", tree);
  return tree;
}

std::set<Tree> outcomes(const FaultyFileSystem& fs, std::size_t samples = 200) {
  SeededRandom random(1);
  std::set<Tree> trees;
  for (const auto& choice : fs.crash_choices(random, samples)) {
    trees.insert(tree_of(fs.crash_image(choice)));
  }
  return trees;
}

std::unique_ptr<fs::File> make_file(FaultyFileSystem& fs, const std::string& path,
                                    std::string_view text = "") {
  auto file = fs.open(path, OpenMode::kCreateOrOpen);
  REQUIRE(file.has_value());
  REQUIRE((*file)->write_at(as_bytes(text), 0).has_value());
  return std::move(*file);
}

std::unique_ptr<fs::File> make_durable(FaultyFileSystem& fs, const std::string& path,
                                       std::string_view text) {
  auto file = make_file(fs, path, text);
  REQUIRE(file->sync_data().has_value());
  REQUIRE(fs.sync_directory("/").has_value());
  return file;
}

}  // namespace

TEST_CASE("crash: a file is lost until its directory is synced, synced data or not") {
  FaultyFileSystem fs;
  const auto file = make_file(fs, "a", "x");
  REQUIRE(file->sync_data().has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{}, {{"a", "x"}}});
  REQUIRE(fs.sync_directory("/").has_value());
  CHECK(fs.pending_count() == 0);
  CHECK(outcomes(fs) == std::set<Tree>{{{"a", "x"}}});
}

TEST_CASE("crash: a new name may be there without its data, or with zeros for data") {
  FaultyFileSystem fs;
  const auto file = make_file(fs, "a", "xy");
  REQUIRE(fs.sync_directory("/").has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{{"a", ""}}, {{"a", "xy"}}, {{"a", std::string(2, '\0')}}});
}

TEST_CASE("crash: each of two unsynced writes may arrive without the other") {
  FaultyFileSystem fs;
  const auto file = make_durable(fs, "a", "0");
  REQUIRE(file->write_at(as_bytes("1"), 1).has_value());
  REQUIRE(file->write_at(as_bytes("2"), 2).has_value());
  const auto trees = outcomes(fs);
  CHECK(trees.count({{"a", "0"}}) == 1);
  CHECK(trees.count({{"a", "01"}}) == 1);
  CHECK(trees.count({{"a", "012"}}) == 1);
  CHECK(trees.count({{"a", std::string("0\0"
                                       "2",
                                       3)}}) == 1);
  CHECK(trees.size() == 7);
}

TEST_CASE("crash: synced data is never lost, whatever else is") {
  FaultyFileSystem fs;
  const auto a = make_durable(fs, "a", "safe");
  const auto b = make_file(fs, "b", "new");
  for (int i = 0; i < 10; ++i) {
    REQUIRE(a->write_at(as_bytes("tail"), 4 + static_cast<std::uint64_t>(i) * 4).has_value());
  }
  for (const auto& tree : outcomes(fs)) {
    REQUIRE(tree.count("a") == 1);
    CHECK(tree.at("a").substr(0, 4) == "safe");
  }
}

TEST_CASE("crash: a large write may be torn at a sector, a small one never is") {
  FaultyFileSystem fs;
  const auto file = make_durable(fs, "a", "");
  REQUIRE(file->write_at(as_bytes(std::string(1024, 'x')), 0).has_value());
  const auto trees = outcomes(fs);
  CHECK(trees.count({{"a", std::string(512, 'x') + std::string(512, '\0')}}) == 1);
  CHECK(trees.size() == 4);
  REQUIRE(file->sync_data().has_value());
  REQUIRE(file->write_at(as_bytes(std::string(512, 'y')), 512).has_value());
  for (const auto& tree : outcomes(fs)) {
    const auto second = tree.at("a").substr(512);
    const bool whole = second == std::string(512, 'x') || second == std::string(512, 'y') ||
                       second == std::string(512, '\0');
    CHECK(whole);
  }
}

TEST_CASE("crash: an unsynced truncation may come back") {
  FaultyFileSystem fs;
  const auto file = make_durable(fs, "a", "abcdef");
  REQUIRE(file->truncate(2).has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{{"a", "abcdef"}}, {{"a", "ab"}}});
  REQUIRE(file->sync_data().has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{{"a", "ab"}}});
}

TEST_CASE("crash: a rename is atomic, and lost until the directory is synced") {
  FaultyFileSystem fs;
  const auto old = make_durable(fs, "a", "old");
  const auto fresh = make_durable(fs, "a.tmp", "new");
  REQUIRE(fs.rename("a.tmp", "a").has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{{"a", "old"}, {"a.tmp", "new"}}, {{"a", "new"}}});
  REQUIRE(fs.sync_directory("/").has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{{"a", "new"}}});
}

TEST_CASE("crash: renamed before its data was synced, a file may be empty") {
  FaultyFileSystem fs;
  const auto old = make_durable(fs, "a", "old");
  const auto fresh = make_file(fs, "a.tmp", "new");
  REQUIRE(fs.rename("a.tmp", "a").has_value());
  REQUIRE(fs.sync_directory("/").has_value());
  CHECK(outcomes(fs).count({{"a", ""}}) == 1);
}

TEST_CASE("crash: changes of one name keep their order, of two names do not") {
  FaultyFileSystem fs;
  const auto a = make_file(fs, "a");
  REQUIRE(a->sync_data().has_value());
  REQUIRE(fs.rename("a", "b").has_value());
  const auto c = fs.open("c", OpenMode::kCreateOrOpen);
  REQUIRE(c.has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{},
                                       {{"a", ""}},
                                       {{"b", ""}},
                                       {{"c", ""}},
                                       {{"a", ""}, {"c", ""}},
                                       {{"b", ""}, {"c", ""}}});
}

TEST_CASE("crash: removals may come back, directories vanish with what they hold") {
  FaultyFileSystem fs;
  const auto a = make_durable(fs, "a", "x");
  REQUIRE(fs.remove_file("a").has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{{"a", "x"}}, {}});
  REQUIRE(fs.sync_directory("/").has_value());
  REQUIRE(fs.make_directory("t").has_value());
  const auto inside = make_file(fs, "t/0", "1");
  REQUIRE(inside->sync_data().has_value());
  REQUIRE(fs.sync_directory("t").has_value());
  CHECK(outcomes(fs) == std::set<Tree>{{}, {{"t", "<dir>"}, {"t/0", "1"}}});
}

TEST_CASE("crash: a rename between directories is durable with either") {
  for (const char* synced : {"x", "y"}) {
    FaultyFileSystem fs;
    REQUIRE(fs.make_directory("x").has_value());
    REQUIRE(fs.make_directory("y").has_value());
    const auto file = make_durable(fs, "x/a", "1");
    REQUIRE(fs.sync_directory("x").has_value());
    REQUIRE(fs.rename("x/a", "y/b").has_value());
    CHECK(outcomes(fs).size() == 2);
    REQUIRE(fs.sync_directory(synced).has_value());
    CHECK(outcomes(fs) == std::set<Tree>{{{"x", "<dir>"}, {"y", "<dir>"}, {"y/b", "1"}}});
  }
}

TEST_CASE("crash: replace_file leaves the old or the new content at every operation") {
  FaultyFileSystem fs;
  REQUIRE(fs::replace_file(fs, "m", as_bytes("old")).has_value());
  std::set<std::string> seen;
  std::set<test::OpKind> kinds;
  fs.set_hook([&](const test::Op& op) {
    kinds.insert(op.kind);
    for (const auto& tree : outcomes(fs)) seen.insert(tree.at("m"));
  });
  REQUIRE(fs::replace_file(fs, "m", as_bytes("new")).has_value());
  CHECK(seen == std::set<std::string>{"old", "new"});
  CHECK(kinds.count(test::OpKind::kRename) == 1);
  CHECK(kinds.count(test::OpKind::kSyncDirectory) == 1);
}

TEST_CASE("crash: the choices of one seed are the same each time, and describable") {
  const auto run = [] {
    FaultyFileSystem fs;
    const auto file = make_durable(fs, "a", "");
    for (std::uint64_t i = 0; i < 6; ++i) {
      REQUIRE(file->write_at(Bytes(700, static_cast<std::byte>(i)), i * 700).has_value());
    }
    SeededRandom random(7);
    std::string all;
    for (const auto& choice : fs.crash_choices(random, 50)) {
      all += fs.describe(choice) + "\n";
      for (const auto& [path, text] : tree_of(fs.crash_image(choice))) all += path + text;
    }
    return all;
  };
  const auto first = run();
  CHECK(first == run());
  CHECK(first.find("write /a 700@1400 torn") != std::string::npos);
}

TEST_CASE("crash: the image shares nothing with the running system") {
  FaultyFileSystem fs;
  const auto file = make_durable(fs, "a", "1");
  const auto image = fs.image_after_kill();
  FaultyFileSystem next(image, system_clock());
  const auto reopened = next.open("a", OpenMode::kReadWrite);
  REQUIRE(reopened.has_value());
  REQUIRE((*reopened)->write_at(as_bytes("2"), 0).has_value());
  CHECK(tree_of(fs.image_after_kill()).at("a") == "1");
  CHECK(outcomes(next).count({{"a", "1"}}) == 1);
}
