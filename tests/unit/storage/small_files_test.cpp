#include <doctest/doctest.h>

#include "base/random.hpp"
#include "fs/memory_file_system.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/leader_epochs.hpp"
#include "storage/meta_properties.hpp"
#include "storage/names.hpp"

using namespace kreel;
using namespace kreel::storage;

namespace {

void write(fs::FileSystem& fs, const std::string& path, std::string_view text) {
  auto file = fs.open(path, fs::OpenMode::kCreateOrOpen);
  REQUIRE(file);
  REQUIRE((*file)->truncate(0));
  REQUIRE((*file)->write_at(as_bytes(text), 0));
}

std::string text_of(fs::FileSystem& fs, const std::string& path) {
  const auto content = fs::read_whole_file(fs, path, 1U << 20U);
  REQUIRE(content);
  return std::string(as_text(*content));
}

}  // namespace

TEST_CASE("names: segment files have 20 digits, as Kafka's") {
  CHECK(segment_file_name(42, kLogSuffix) == "00000000000000000042.log");
  CHECK(parse_segment_file_name("00000000000000000042.log", kLogSuffix) == 42);
  CHECK(parse_segment_file_name("00000000000000000042.index", kLogSuffix) == std::nullopt);
  CHECK(parse_segment_file_name("42.log", kLogSuffix) == std::nullopt);
  CHECK(parse_segment_file_name("-0000000000000000042.log", kLogSuffix) == std::nullopt);
  CHECK(parse_segment_file_name("99999999999999999999.log", kLogSuffix) == std::nullopt);
}

TEST_CASE("names: a partition's directory is its topic and its number") {
  CHECK(TopicPartition{"a-b", 3}.to_string() == "a-b-3");
  CHECK(parse_partition_directory("a-b-3") == TopicPartition{"a-b", 3});
  CHECK(parse_partition_directory("orders") == std::nullopt);
  CHECK(parse_partition_directory("-3") == std::nullopt);
  CHECK(parse_partition_directory("orders-") == std::nullopt);
  CHECK(parse_partition_directory("orders-99999999999") == std::nullopt);
}

TEST_CASE("names: directories on their way out are no partitions") {
  CHECK(parse_partition_directory("orders-0.4f2c-delete") == std::nullopt);
  CHECK(parse_partition_directory("orders-0.4f2c-stray") == std::nullopt);
}

TEST_CASE("checkpoint: offsets are written as Kafka reads them, and read back") {
  fs::MemoryFileSystem fs;
  const OffsetsByPartition offsets{{{"a", 0}, 5}, {{"b", 1}, 7}};
  REQUIRE(write_offset_checkpoint(fs, "points", offsets));
  CHECK(text_of(fs, "points") == "0\n2\na 0 5\nb 1 7\n");
  CHECK(*read_offset_checkpoint(fs, "points") == offsets);
  CHECK_FALSE(fs.exists("points.tmp"));
}

TEST_CASE("checkpoint: a missing file is empty, a malformed one is an error") {
  fs::MemoryFileSystem fs;
  CHECK(read_offset_checkpoint(fs, "points")->empty());
  for (const auto* text :
       {"", "1\n0\n", "0\nx\n", "0\n2\na 0 5\n", "0\n1\na 0\n", "0\n1\na x 5\n", "0\n1\na 0 x\n"}) {
    write(fs, "points", text);
    const auto read = read_offset_checkpoint(fs, "points");
    REQUIRE_FALSE(read);
    CHECK(read.error().kind() == ErrorKind::kBadInput);
  }
}

TEST_CASE("checkpoint: leader epochs have to increase") {
  fs::MemoryFileSystem fs;
  const std::vector<EpochStart> epochs{{0, 0}, {3, 10}};
  REQUIRE(write_epoch_checkpoint(fs, "epochs", epochs));
  CHECK(text_of(fs, "epochs") == "0\n2\n0 0\n3 10\n");
  CHECK(*read_epoch_checkpoint(fs, "epochs") == epochs);
  write(fs, "epochs", "0\n2\n3 10\n0 0\n");
  CHECK_FALSE(read_epoch_checkpoint(fs, "epochs"));
}

TEST_CASE("leader epochs: an epoch ends where the next one starts") {
  const LeaderEpochs epochs({{1, 0}, {4, 10}, {6, 30}});
  CHECK(epochs.current() == 6);
  CHECK(epochs.end_offset_for(6, 50) == std::pair<LeaderEpoch, Offset>(6, 50));
  CHECK(epochs.end_offset_for(4, 50) == std::pair<LeaderEpoch, Offset>(4, 30));
  CHECK(epochs.end_offset_for(3, 50) == std::pair<LeaderEpoch, Offset>(1, 10));
  CHECK(epochs.end_offset_for(7, 50) == std::pair<LeaderEpoch, Offset>(-1, -1));
  CHECK(epochs.end_offset_for(-1, 50) == std::pair<LeaderEpoch, Offset>(-1, -1));
  CHECK(epochs.end_offset_for(0, 50) == std::pair<LeaderEpoch, Offset>(0, 0));
}

TEST_CASE("leader epochs: only a higher epoch is a new entry") {
  LeaderEpochs epochs;
  CHECK(epochs.current() == 0);
  CHECK(epochs.end_offset_for(0, 0) == std::pair<LeaderEpoch, Offset>(0, 0));
  CHECK(epochs.end_offset_for(1, 0) == std::pair<LeaderEpoch, Offset>(-1, -1));
  CHECK(epochs.assign(0, 0));
  CHECK_FALSE(epochs.assign(0, 5));
  CHECK_FALSE(epochs.assign(-1, 5));
  CHECK(epochs.assign(2, 9));
  CHECK(epochs.current() == 2);
}

TEST_CASE("meta.properties: what was written is read back") {
  fs::MemoryFileSystem fs;
  SeededRandom random(1);
  const MetaProperties properties{"4L6g3nShT-eMCtK--X86sw", 3, Uuid::random(random)};
  REQUIRE(write_meta_properties(fs, "", properties));
  CHECK(**read_meta_properties(fs, "") == properties);
}

TEST_CASE("meta.properties: Kafka's own files are understood") {
  fs::MemoryFileSystem fs;
  CHECK_FALSE(read_meta_properties(fs, "")->has_value());
  write(fs, "meta.properties",
        "#\n#Thu Jan 01 00:00:00 UTC 2026\nnode.id=5\nversion=1\ncluster.id=abc\n");
  CHECK(**read_meta_properties(fs, "") == MetaProperties{"abc", 5, Uuid{}});
  write(fs, "meta.properties", "version=0\nbroker.id=7\ncluster.id=abc\n");
  CHECK((*read_meta_properties(fs, ""))->node_id == 7);
}

TEST_CASE("meta.properties: a newer version is refused, a malformed file is bad input") {
  fs::MemoryFileSystem fs;
  write(fs, "meta.properties", "version=2\nnode.id=1\ncluster.id=abc\n");
  CHECK(read_meta_properties(fs, "").error().kind() == ErrorKind::kRefused);
  write(fs, "meta.properties", "version=1\nnode.id=x\ncluster.id=abc\n");
  CHECK(read_meta_properties(fs, "").error().kind() == ErrorKind::kBadInput);
  write(fs, "meta.properties", "version=1\nnode.id=1\n");
  CHECK(read_meta_properties(fs, "").error().kind() == ErrorKind::kBadInput);
}

TEST_CASE("partition.metadata: the topic's id, zero when there is no file") {
  fs::MemoryFileSystem fs;
  SeededRandom random(1);
  const auto id = Uuid::random(random);
  CHECK(read_partition_metadata(fs, "")->is_zero());
  REQUIRE(write_partition_metadata(fs, "", id));
  CHECK(*read_partition_metadata(fs, "") == id);
  CHECK(text_of(fs, "partition.metadata") == "version: 0\ntopic_id: " + id.to_string());
  write(fs, "partition.metadata", "version: 0\ntopic_id: short");
  CHECK(read_partition_metadata(fs, "").error().kind() == ErrorKind::kBadInput);
}
