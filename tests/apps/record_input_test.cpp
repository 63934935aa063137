#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "cli/escapes.hpp"
#include "cli/line_reader.hpp"
#include "cli/record_source.hpp"
#include "cli/topic_lookup.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;
using namespace kreel::cli;

namespace {

std::string file_with(const test::TempDirectory& directory, std::string_view text) {
  const std::string path = directory.path() + "/input";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

ByteSource open_file(const std::string& path) {
  auto source = ByteSource::open(path);
  REQUIRE(source.has_value());
  return std::move(*source);
}

// "TEXT" per line; a cut one as "TEXT+SIZE".
std::vector<std::string> lines_of(std::string_view text, std::size_t limit) {
  const test::TempDirectory directory;
  ByteSource source = open_file(file_with(directory, text));
  LineReader reader(source, limit);
  std::vector<std::string> lines;
  while (true) {
    const auto line = reader.next();
    REQUIRE(line.has_value());
    if (!*line) break;
    CHECK((*line)->number == static_cast<std::int64_t>(lines.size() + 1));
    lines.emplace_back((*line)->text);
    if ((*line)->is_cut()) lines.back() += "+" + std::to_string((*line)->size_bytes);
  }
  CHECK(reader.bytes_read() == static_cast<std::int64_t>(text.size()));
  return lines;
}

// "key=value" per record, null as ~; what is refused as its message.
std::vector<std::string> records_of(std::string_view text, const RecordSourceOptions& options) {
  const test::TempDirectory directory;
  const auto source = RecordSource::make(open_file(file_with(directory, text)), options);
  std::vector<std::string> records;
  while (true) {
    const auto record = source->next();
    if (!record) {
      records.push_back(record.error().message().substr(directory.path().size() + 1));
      continue;
    }
    if (!*record) return records;
    records.push_back(std::string((*record)->key.value_or("~")) + "=" +
                      std::string((*record)->value.value_or("~")));
  }
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("line reader: the last line needs no line feed, an empty rest is no line") {
  CHECK(lines_of("a\nb", 10) == Strings{"a", "b"});
  CHECK(lines_of("a\n\nb\n", 10) == Strings{"a", "", "b"});
  CHECK(lines_of("", 10).empty());
  CHECK(lines_of("\n", 10) == Strings{""});
}

TEST_CASE("line reader: a line over the limit comes cut with its size, and the next one is whole") {
  CHECK(lines_of("abcdef\nxy\n", 3) == Strings{"abc+6", "xy"});
  CHECK(lines_of("abc\nabcd", 3) == Strings{"abc", "abc+4"});
  const std::string long_line(3'000'000, 'x');
  const Strings lines = lines_of(long_line + "\nend\n" + long_line, 5);
  CHECK(lines == Strings{"xxxxx+3000000", "end", "xxxxx+3000000"});
}

TEST_CASE("line reader: random lines come back as they were written, at any buffer boundary") {
  std::mt19937 random(7);
  Strings expected;
  std::string text;
  for (int i = 0; i < 400; ++i) {
    const std::size_t size = random() % (i % 50 == 0 ? 400'000 : 3'000);
    std::string line(size, static_cast<char>('a' + i % 26));
    text += line + "\n";
    expected.push_back(std::move(line));
  }
  CHECK(lines_of(text, 1'000'000) == expected);
}

TEST_CASE("record source: lines are values, the delimiter splits off a key, texts may be null") {
  RecordSourceOptions options;
  CHECK(records_of("a:b\n", options) == Strings{"~=a:b"});
  options.key_delimiter = ":";
  options.null_as = "";
  CHECK(records_of("k:v:w\nk:\n:v\nno key\n", options) ==
        Strings{"k=v:w", "k=~", "~=v", "~=no key"});
  options.null_as.reset();
  options.key = "all";
  CHECK(records_of("k:\nno key\n", options) == Strings{"k=", "all=no key"});
}

TEST_CASE("record source: a malformed line is named by line and column, and the next is read") {
  RecordSourceOptions options;
  options.form = RecordForm::kJsonl;
  CHECK(records_of("{\"value\":\"a\"}\n{\"value\" \"b\"}\n{\"key\":\"k\",\"value\":null}\n",
                   options) == Strings{"~=a", "input:2:10: expected ':'", "k=~"});
}

TEST_CASE("record source: a record over the limit is refused with both sizes") {
  RecordSourceOptions options;
  options.record_bytes_max = 1000;
  CHECK(records_of("a\n" + std::string(1234, 'x') + "\nb\n", options) ==
        Strings{"~=a", "input:2: 1,234 bytes is over the topic's limit 1,000", "~=b"});
  options.form = RecordForm::kRaw;
  CHECK(records_of(std::string(1234, 'x'), options) ==
        Strings{"input:1: 1,234 bytes is over the topic's limit 1,000"});
  CHECK(records_of("a\nb", options) == Strings{"~=a\nb"});
  CHECK(records_of("", options) == Strings{"~="});
}

TEST_CASE("record source: a file that is not there is named") {
  const auto source = ByteSource::open("/nonexistent/file");
  REQUIRE(!source.has_value());
  CHECK(source.error().message() == "cannot read /nonexistent/file: no such file or directory");
  CHECK(source.error().kind() == ErrorKind::kIo);
}

TEST_CASE("escapes: names and hex digits, and nothing else") {
  CHECK(decode_escapes("a\\tb\\n\\x41\\\\").value() == "a\tb\nA\\");
  CHECK(decode_escapes("\\0").value() == std::string(1, '\0'));
  for (const char* wrong : {"\\q", "\\", "\\x4", "\\xg1", "\\x"}) {
    CHECK_MESSAGE(!decode_escapes(wrong).has_value(), wrong);
  }
}

TEST_CASE("topic lookup: a batch of one record is as large as Kafka's format makes it") {
  // 61 of the batch, then length, attributes, two deltas, two lengths and the header count.
  CHECK(batch_bytes(0, 0, 0) == 68);
  CHECK(batch_bytes(3, 100, 0) == 61 + 2 + 4 + 1 + 3 + 2 + 100);
  CHECK(batch_bytes(0, 1'000'000, 0) == 61 + 3 + 4 + 1 + 3 + 1'000'000);
}

TEST_CASE("topic lookup: a partition that the topic does not have is named with the count") {
  const TopicTarget topic{.name = "orders", .partitions = 6, .batch_bytes_max = 1};
  CHECK(check_partition(topic, 5).has_value());
  CHECK(check_partition(topic, 6).error().message() == "orders[6]: the topic has 6 partitions");
  CHECK(check_partition(topic, 6).error().kind() == ErrorKind::kNotFound);
}
