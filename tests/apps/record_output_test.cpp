#include <doctest/doctest.h>

#include "apps/support.hpp"
#include "cli/bench_support.hpp"
#include "cli/consume_plan.hpp"
#include "cli/counted.hpp"
#include "cli/record_filter.hpp"
#include "cli/record_format.hpp"
#include "cli/record_writer.hpp"

using namespace kreel;
using namespace kreel::cli;
using kreel::cli::testing::TestHost;

namespace {

const RecordHeaderView kAwkwardHeaders[] = {{"a", "1"}, {"b", std::nullopt}, {"a", "x\x01"}};

RecordView record(std::int64_t offset = 41) {
  RecordView view;
  view.topic = "orders";
  view.partition = 3;
  view.offset = offset;
  view.timestamp_ms = 1'763'712'000'000;
  view.timestamp_type = TimestampType::kCreateTime;
  view.key = "k\x1b";
  view.value = "value\n";
  view.headers = kAwkwardHeaders;
  return view;
}

std::string formatted(std::string_view text, const RecordView& view, bool escape = false) {
  const auto format = RecordFormat::parse(text);
  if (!format) return format.error().message();
  std::string out;
  format->append(view, escape, out);
  return out;
}

std::string written(RecordStyle style, const std::vector<RecordView>& records,
                    bool terminal = false) {
  TestHost host;
  host.streams.out_is_terminal = terminal;
  RecordWriter writer(host.streams, style, std::nullopt);
  for (const RecordView& view : records) writer.write(view);
  writer.end(nullptr);
  return host.out;
}

bool accepted(RecordFilterArgs args, const RecordView& view) {
  auto filter = RecordFilter::make(args);
  REQUIRE(filter.has_value());
  return filter->accepts(view);
}

}  // namespace

TEST_CASE("record format: every letter of kcat's") {
  CHECK(formatted("%t[%p]@%o %T\\n", record()) == "orders[3]@41 1763712000000\n");
  CHECK(formatted("%k(%K) %s(%S)%%", record()) == "k\x1b(2) value\n(6)%");
  CHECK(formatted("%h", record()) == "a=1,b=NULL,a=x\x01");
  CHECK(formatted("%R", record()) == std::string("\0\0\0\x06", 4));
  CHECK(formatted("\\x41\\t", record()) == "A\t");
}

TEST_CASE("record format: escapes as kcat reads them, which refuses none") {
  CHECK(formatted("\\x4|\\x41B|\\xff|\\xz|\\x", record()) == "\x04|AB|\xff|z|");
  CHECK(formatted("\\q\\\\%k\\%%\\", record()) == "q\\k\x1b\\%\\");
  CHECK(formatted("\\065\\65\\08\\0", record()) ==
        "5A" + std::string(1, '\0') + "8" + std::string(1, '\0'));
}

TEST_CASE("record format: null prints nothing and has the length -1, empty has 0") {
  RecordView view = record();
  view.key.reset();
  view.value = "";
  CHECK(formatted("[%k]%K [%s]%S", view) == "[]-1 []0");
}

TEST_CASE("record format: on a terminal the bytes of records are escaped, the format's are not") {
  CHECK(formatted("\\e%k%s", record(), true) == "\x1bk\\x1bvalue\\n");
}

TEST_CASE("record format: an unknown letter and a lone percent sign are refused") {
  CHECK(formatted("%q", record()) == "\"%q\" means nothing in a format");
  CHECK(formatted("100%", record()) == "\"%\" means nothing in a format");
}

TEST_CASE("record writer: lines, raw and escaping on a terminal") {
  CHECK(written(RecordStyle::kLines, {record()}) == "value\n\n");
  CHECK(written(RecordStyle::kLines, {record()}, true) == "value\\n\n");
  CHECK(written(RecordStyle::kRaw, {record()}, true) == "value\n");
}

TEST_CASE("record writer: JSON is one document, also without records and with an error") {
  CHECK(written(RecordStyle::kJson, {}) ==
        "{\"kreel\":1,\"kind\":\"records\",\"items\":[],\"errors\":[]}\n");
  const std::string two = written(RecordStyle::kJson, {record(1), record(2)});
  CHECK(two.find("},\n{\"topic\"") != std::string::npos);
  CHECK(two.ends_with("\n],\"errors\":[]}\n"));
  TestHost host;
  RecordWriter writer(host.streams, RecordStyle::kJson, std::nullopt);
  const Error error(ErrorKind::kFailed, "orders[0]@41: CRC mismatch");
  writer.end(&error);
  CHECK(host.out.find("\"message\":\"orders[0]@41: CRC mismatch\"") != std::string::npos);
}

TEST_CASE("record writer: hex shows every field, and null as null") {
  RecordView view = record();
  view.value.reset();
  const std::string text = written(RecordStyle::kHex, {view});
  CHECK(
      text.starts_with("orders[3]@41 create_time 1763712000000\nkey 2 bytes\n"
                       "00000000  6b 1b "));
  CHECK(text.find("|k.|\nvalue null\nheader \"a\" 1 bytes\n") != std::string::npos);
}

TEST_CASE("record writer: what may be committed is what was flushed, per partition") {
  TestHost host;
  RecordWriter writer(host.streams, RecordStyle::kLines, std::nullopt);
  writer.write(record(4));
  RecordView other = record(9);
  other.partition = 0;
  writer.write(other);
  writer.pass(record(5));
  CHECK(writer.take_flushed().empty());
  CHECK(writer.flush());
  const auto flushed = writer.take_flushed();
  CHECK(flushed.size() == 2);
  CHECK(flushed.at({"orders", 3}) == 6);
  CHECK(flushed.at({"orders", 0}) == 10);
  CHECK(writer.take_flushed().empty());
  CHECK(writer.written() == 2);
}

TEST_CASE("record filter: all that is asked for must match, null matches nothing") {
  CHECK(accepted({}, record()));
  CHECK(accepted({.key = "^k", .value = "alu", .headers = {}}, record()));
  CHECK(!accepted({.key = "^k", .value = "^alu", .headers = {}}, record()));
  RecordView no_key = record();
  no_key.key.reset();
  CHECK(!accepted({.key = ".*", .value = {}, .headers = {}}, no_key));
}

TEST_CASE("record filter: any header of the name may match, a null one does not") {
  CHECK(accepted({.key = {}, .value = {}, .headers = {{"a", "^x"}}}, record()));
  CHECK(accepted({.key = {}, .value = {}, .headers = {{"a", "1"}, {"a", "x"}}}, record()));
  CHECK(!accepted({.key = {}, .value = {}, .headers = {{"b", ".*"}}}, record()));
  CHECK(!accepted({.key = {}, .value = {}, .headers = {{"c", ".*"}}}, record()));
}

TEST_CASE("record filter: an expression that cannot be read names its option") {
  const auto filter = RecordFilter::make({.key = {}, .value = "(", .headers = {}});
  REQUIRE(!filter.has_value());
  CHECK(filter.error().kind() == ErrorKind::kUsage);
  CHECK(filter.error().message().starts_with("--value: \"(\" is not a regular expression"));
}

TEST_CASE("--from: a position, or a range") {
  const TimeContext context{1'763'712'000'000, "UTC"};
  const auto position = ValueType<FromPosition>::parse("end-5", context);
  REQUIRE(position.has_value());
  CHECK(position->range.from->delta == -5);
  CHECK(!position->range.until);
  const auto range = ValueType<FromPosition>::parse("10..20", context);
  REQUIRE(range.has_value());
  CHECK(range->range.until->value == 20);
  CHECK(!ValueType<FromPosition>::parse("sometime", context).has_value());
}

TEST_CASE("bench: percentiles are within two percent, and exact for small values") {
  LatencyHistogram histogram;
  CHECK(!histogram.percentile_ms(0.5));
  for (std::int64_t us = 1; us <= 100'000; ++us) histogram.add(us);
  CHECK(*histogram.percentile_ms(0.5) == doctest::Approx(50.0).epsilon(0.02));
  CHECK(*histogram.percentile_ms(0.999) == doctest::Approx(99.9).epsilon(0.02));
  CHECK(*histogram.percentile_ms(1) == 100.0);
  LatencyHistogram small;
  for (const std::int64_t us : {5, 100, 127}) small.add(us);
  CHECK(*small.percentile_ms(0.5) == 0.1);
  CHECK(*small.percentile_ms(0) == 0.005);
}

TEST_CASE("bench: values have the size that was asked for, and differ") {
  const BenchPayload payload(100);
  CHECK(payload.value(0).size() == 100);
  CHECK(payload.value(1'000'000'007).size() == 100);
  CHECK(payload.value(1) != payload.value(2));
  CHECK(BenchPayload(0).value(3).empty());
}

TEST_CASE("counts: one is singular, thousands have commas") {
  CHECK(counted(1, "record") == "1 record");
  CHECK(counted(0, "record") == "0 records");
  CHECK(counted(1204, "record") == "1,204 records");
}
