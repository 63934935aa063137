#include "kreel/offset_files.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "base/random.hpp"
#include "client/offset_undo.hpp"
#include "fs/memory_file_system.hpp"
#include "support/faulty_file_system.hpp"

using namespace kreel;

namespace {

std::string error_of(std::string_view text) {
  const auto parsed = parse_offsets(text, "f");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind() == ErrorKind::kBadInput);
  return parsed.error().message();
}

std::vector<GroupOffset> offsets_of(std::string_view text) {
  auto parsed = parse_offsets(text, "f");
  REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message()));
  return std::move(parsed->given.offsets);
}

std::string document(std::string_view kind, std::string_view items) {
  return fmt::format(R"({{"kreel":1,"kind":"{}","items":[{}],"errors":[]}})", kind, items);
}

OffsetPlanRow row_of(std::string group, std::int32_t partition,
                     std::optional<std::int64_t> committed, std::optional<std::int64_t> target) {
  OffsetPlanRow row;
  row.group = std::move(group);
  row.at = {"orders", partition};
  row.committed = committed;
  row.committed_leader_epoch = committed ? 4 : -1;
  row.committed_metadata = committed ? "m\xff\n\"x" : "";
  row.target = target;
  return row;
}

OffsetPlan plan_with(std::vector<OffsetPlanRow> rows) {
  OffsetPlan plan;
  plan.cluster_id = "c1";
  plan.rows = std::move(rows);
  return plan;
}

constexpr std::int64_t kThenMs = 1'763'625'600'123;  // 2025-11-20T08:00:00.123Z

}  // namespace

TEST_CASE("offset files: Apache's CSV is read with and without the group") {
  const auto without = offsets_of("orders,0,100\norders,1,5\n\n");
  REQUIRE(without.size() == 2);
  CHECK(without[1] == GroupOffset{"", {"orders", 1}, 5, -1, std::nullopt});
  const auto with = offsets_of("app,orders,0,100\r\n\"a \"\"b\"\", c\",orders,0,7\r\n");
  REQUIRE(with.size() == 2);
  CHECK(with[1].group == "a \"b\", c");
  CHECK(with[1].offset == 7);
}

TEST_CASE("offset files: what is wrong in a CSV is told with its line") {
  CHECK(error_of("orders,0\n") == "f:1: 2 fields instead of 3 or 4");
  CHECK(error_of("orders,0,1\nx,orders,0,1\n") == "f:2: 4 fields behind lines of 3");
  CHECK(error_of("orders,zero,1\n") == "f:1: \"zero\" is not a partition");
  CHECK(error_of("orders,-1,1\n") == "f:1: \"-1\" is not a partition");
  CHECK(error_of("orders,0,-1\n") == "f:1: \"-1\" is not an offset");
  CHECK(error_of("orders,0,9999999999999999999\n") ==
        "f:1: \"9999999999999999999\" is not an offset");
  CHECK(error_of("orders,0,1\n,0,1\n") == "f:2: the topic is empty");
  CHECK(error_of("orders,0,1\n\"orders,0,1\n") == "f:2: a quote is not closed");
  CHECK(error_of("\"orders\"x,0,1\n") == "f:1: text behind a closing quote");
  CHECK(error_of("orders,0,1\norders,0,2\n") == "f: orders[0] stands there twice");
  CHECK(error_of("a,t,0,1\na,t,0,1\n") == "f: t[0] of group \"a\" stands there twice");
  CHECK(error_of("\n\n") == "f: there is no offset in it");
}

TEST_CASE("offset files: CSV is written as Apache's tool writes it") {
  const std::vector<GroupOffset> one{{"app", {"orders", 0}, 1},
                                     {"app", {"orders", 1}, std::nullopt}};
  CHECK(offsets_to_csv(one) == "orders,0,1\n");
  const std::vector<GroupOffset> two{{"a,\"b\"", {"orders", 0}, 1}, {"c", {"orders", 0}, 2}};
  CHECK(offsets_to_csv(two) == "\"a,\"\"b\"\"\",orders,0,1\nc,orders,0,2\n");
  CHECK(offsets_of(offsets_to_csv(two))[0].group == "a,\"b\"");
}

TEST_CASE("offset files: a name that begins as a file may begin is read back whole") {
  for (const std::string start : {"\xef\xbb\xbf", "{"}) {
    const std::vector<GroupOffset> rows{{start + "a", {"orders", 0}, 1}, {"c", {"orders", 0}, 2}};
    CAPTURE(start);
    CHECK(offsets_of(offsets_to_csv(rows)) == rows);
  }
}

TEST_CASE("offset files: a plan says target, an export committed") {
  const std::string item =
      R"({"group":"app","topic":"orders","partition":2,"committed":10,"target":4,"metadata":"m"})";
  CHECK(offsets_of(document("offsets.plan", item)) ==
        std::vector<GroupOffset>{{"app", {"orders", 2}, 4, -1, "m"}});
  CHECK(offsets_of(document("offsets.change", item))[0].offset == 4);
  CHECK(offsets_of(document("offsets.export", item))[0].offset == 10);
  CHECK(offsets_of(document("offsets.show", item))[0].offset == 10);
}

TEST_CASE("offset files: a plan says where it was made, a report of a change its cluster alone") {
  const auto document_of = [](std::string_view kind) {
    return fmt::format(
        R"({{"kreel":1,"kind":"{}","items":[)"
        R"({{"group":"app","topic":"orders","partition":2,"committed":10,"target":4}},)"
        R"({{"group":"app","topic":"orders","partition":3,"committed":null,"target":4}})"
        R"(],"cluster_id":"c1","errors":[]}})",
        kind);
  };
  const auto plan = parse_offsets(document_of("offsets.plan"), "f");
  REQUIRE(plan);
  CHECK(plan->cluster_id == "c1");
  CHECK(plan->given.planned_from ==
        std::vector<GroupOffset>{{"app", {"orders", 2}, 10}, {"app", {"orders", 3}, std::nullopt}});
  const auto change = parse_offsets(document_of("offsets.change"), "f");
  REQUIRE(change);
  CHECK(change->cluster_id == "c1");
  CHECK(change->given.planned_from.empty());
  const auto exported = parse_offsets(document_of("offsets.export"), "f");
  REQUIRE(exported);
  CHECK_FALSE(exported->cluster_id);
  CHECK(exported->given.planned_from.empty());
}

TEST_CASE("offset files: a plan's deletion is kept, and what it leaves alone is left out") {
  const auto rows = offsets_of(
      document("offsets.plan",
               R"({"group":"app","topic":"orders","partition":0,"committed":10,"target":null},
         {"group":"app","topic":"orders","partition":1,"committed":null,"target":null})"));
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(rows[0].offset);
}

TEST_CASE("offset files: what is wrong in a JSON file is told with its place") {
  CHECK(error_of("{\"kreel\":1,\n \"kind\" 2}") == "f:2:9: expected ':'");
  CHECK(error_of("{\"kreel\":1,") == "f:1:12: it ends too early");
  CHECK(error_of("{}") == "f: not a document of kreel");
  CHECK(error_of(document("topics.list", "")) == "f: \"topics.list\" is no plan and no export");
  CHECK(error_of(document("offsets.undo", "")) == "f: \"offsets.undo\" is no plan and no export");
  CHECK(error_of(R"({"kreel":1,"kind":"offsets.export","items":[],"errors":[{"code":3}]})") ==
        "f: lists errors, so it is not complete");
  const auto item_error = [](std::string_view item) {
    return error_of(document("offsets.export", item));
  };
  CHECK(item_error("7") == "f: item 1: group: the item is no object");
  CHECK(item_error(R"({"topic":"t"})") == "f: item 1: group: missing");
  CHECK(item_error(R"({"group":"g","topic":5})") == "f: item 1: topic: expected a text");
  CHECK(item_error(R"({"group":"g","topic":"t","partition":-1})") ==
        "f: item 1: partition: out of range");
  CHECK(item_error(R"({"group":"g","topic":"t","partition":0})") ==
        "f: item 1: committed: missing");
  CHECK(item_error(R"({"group":"g","topic":"t","partition":0,"committed":1.5})") ==
        "f: item 1: committed: expected a whole number");
  CHECK(item_error(R"({"group":"g","topic":"t","partition":0,"committed":18446744073709551615})") ==
        "f: item 1: committed: out of range");
}

TEST_CASE("undo file: holds what changing rows replace, byte for byte, and where nothing was") {
  fs::MemoryFileSystem fs;
  const auto plan = plan_with({row_of("app", 0, 200, 100), row_of("app", 1, std::nullopt, 7),
                               row_of("app", 2, 5, 5), row_of("b/c", 0, 9, std::nullopt)});
  auto unchanged = plan;
  unchanged.rows[2].target_leader_epoch = unchanged.rows[2].committed_leader_epoch;
  unchanged.rows[2].target_metadata = unchanged.rows[2].committed_metadata;
  const auto path = client::save_undo_file(fs, "/state/undo", unchanged, {.created_ms = kThenMs});
  REQUIRE(path);
  CHECK(*path == "/state/undo/2025-11-20T08-00-00.123Z-app+1.json");
  const auto file = client::read_undo_file(fs, *path);
  REQUIRE(file);
  CHECK(file->cluster_id == "c1");
  CHECK(file->created_ms == kThenMs);
  CHECK_FALSE(file->redo);
  const std::vector<ReplacedOffset> expected{
      {{"app", {"orders", 0}, 200, 4, "m\xff\n\"x"}, 100},
      {{"app", {"orders", 1}, std::nullopt, -1, ""}, 7},
      {{"b/c", {"orders", 0}, 9, 4, "m\xff\n\"x"}, std::nullopt}};
  CHECK(file->rows == expected);
}

TEST_CASE("undo file: two of one moment have two names, in their order") {
  fs::MemoryFileSystem fs;
  const auto plan = plan_with({row_of("app", 0, 200, 100)});
  const auto first = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs});
  const auto second = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs});
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first < *second);
}

TEST_CASE("undo file: the newest is of this cluster, unused, and no redo") {
  fs::MemoryFileSystem fs;
  std::vector<std::string> skipped;
  auto plan = plan_with({row_of("app", 0, 200, 100)});
  CHECK_FALSE(client::newest_undo_file(fs, "/undo", "c1", skipped));
  const auto first = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs});
  const auto second = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs + 1});
  REQUIRE(client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs + 2, .redo = true}));
  plan.cluster_id = "c2";
  const auto other = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs + 3});
  REQUIRE(other);

  CHECK(client::newest_undo_file(fs, "/undo", "c1", skipped)->path == *second);
  CHECK(client::newest_undo_file(fs, "/undo", "c2", skipped)->path == *other);
  const auto used = client::mark_undo_file_used(fs, *second);
  REQUIRE(used);
  CHECK(*used == *second + ".used");
  CHECK(client::newest_undo_file(fs, "/undo", "c1", skipped)->path == *first);
  REQUIRE(client::remove_undo_file(fs, *first));
  const auto none = client::newest_undo_file(fs, "/undo", "c1", skipped);
  REQUIRE_FALSE(none);
  CHECK(none.error().kind() == ErrorKind::kNotFound);
  CHECK(none.error().hint() == "1 of other clusters: -b or -P names the cluster");
  CHECK(skipped.empty());
}

TEST_CASE("undo file: one that is not whole is passed over and named") {
  fs::MemoryFileSystem fs;
  const auto plan = plan_with({row_of("app", 0, 200, 100)});
  const auto whole = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs});
  const auto torn = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs + 1});
  REQUIRE(whole);
  REQUIRE(torn);
  const auto opened = fs.open(*torn, fs::OpenMode::kReadWrite);
  REQUIRE(opened);
  for (std::uint64_t size = *(*opened)->size_bytes() - 1; size-- > 0;) {
    REQUIRE((*opened)->truncate(size));
    std::vector<std::string> skipped;
    CHECK(client::newest_undo_file(fs, "/undo", "c1", skipped)->path == *whole);
    CHECK(skipped == std::vector<std::string>{*torn});
  }
}

TEST_CASE("undo file: once saved, no crash loses it or a part of it") {
  test::FaultyFileSystem fs;
  const auto plan = plan_with({row_of("app", 0, 200, 100), row_of("app", 1, std::nullopt, 7)});
  const auto path = client::save_undo_file(fs, "/home/u/state/undo", plan, {.created_ms = kThenMs});
  REQUIRE(path);
  SeededRandom random(1);
  const auto choices = fs.crash_choices(random, 64);
  REQUIRE_FALSE(choices.empty());
  for (const auto& choice : choices) {
    CAPTURE(fs.describe(choice));
    test::FaultyFileSystem after(fs.crash_image(choice), system_clock());
    const auto file = client::read_undo_file(after, *path);
    REQUIRE_MESSAGE(file, (file ? "" : file.error().message()));
    CHECK(file->rows.size() == 2);
  }
}

TEST_CASE("undo file: a disk that fails is said in one line, and leaves no file") {
  const auto plan = plan_with({row_of("app", 0, 200, 100)});
  const std::string path = "/undo/2025-11-20T08-00-00.123Z-app.json";
  for (const auto kind : {test::OpKind::kCreate, test::OpKind::kWrite, test::OpKind::kSync,
                          test::OpKind::kSyncDirectory}) {
    CAPTURE(test::name_of(kind));
    const bool grows = kind == test::OpKind::kCreate || kind == test::OpKind::kWrite;
    test::FaultyFileSystem fs;
    REQUIRE(fs.make_directory("/undo"));
    fs.inject({.kind = kind, .cause = grows ? test::FaultCause::kNoSpace : test::FaultCause::kIo});
    const auto saved = client::save_undo_file(fs, "/undo", plan, {.created_ms = kThenMs});
    REQUIRE_FALSE(saved);
    CHECK(saved.error().kind() == ErrorKind::kIo);
    CHECK(saved.error().message().starts_with(grows ? "write error on " + path + ": no space left"
                                                    : "cannot save the undo file: "));
    CHECK(fs.list("/undo")->empty());
  }
}
