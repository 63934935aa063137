#include "cli/output.hpp"

#include <doctest/doctest.h>

#include "apps/support.hpp"
#include "cli/help.hpp"
#include "cli/progress.hpp"

using namespace kreel;
using namespace kreel::cli;
using kreel::cli::testing::TestHost;

namespace {

struct NoArgs {};

const std::vector<Column> kColumns = {{"topic"},
                                      {"lag"},
                                      {"time", Column::Show::kAlways, Column::Kind::kTimeMs},
                                      {"rack", Column::Show::kWide},
                                      {"configs", Column::Show::kJsonOnly}};

std::string printed(OutputOptions options) {
  TestHost host;
  Output output(host.streams, std::move(options));
  const auto begun = output.begin("groups.lag", kColumns);
  if (!begun) return begun.error().message() + " / " + begun.error().hint();
  output.row({"orders", 12'034, 1'763'712'000'000, "r,1", Value::Object{{"a", "1"}}});
  output.row({"b\x1b[2J", nullptr, -1, "say \"x\"", Value::Array{}});
  output.end();
  return host.out;
}

std::string printed(Format format) {
  return printed(
      OutputOptions{.format = format, .no_headers = false, .columns = {}, .zone = "UTC"});
}

}  // namespace

TEST_CASE("output: a table aligns numbers right, escapes control bytes, shows times as times") {
  CHECK(printed(Format::kTable) ==
        "TOPIC       LAG  TIME\n"
        "orders    12034  2025-11-21T08:00:00Z\n"
        "b\\x1b[2J      -  -1\n");
}

TEST_CASE("output: wide adds columns, csv quotes what needs it") {
  CHECK(printed(Format::kWide).starts_with("TOPIC       LAG  TIME                  RACK\n"));
  CHECK(printed(Format::kCsv) ==
        "topic,lag,time,rack\n"
        "orders,12034,1763712000000,\"r,1\"\n"
        "b\x1b[2J,,-1,\"say \"\"x\"\"\"\n");
}

TEST_CASE("output: csv has its bytes in a file, and steers no terminal") {
  TestHost host;
  host.on_terminal();
  Output output(host.streams,
                {.format = Format::kCsv, .no_headers = true, .columns = {}, .zone = "UTC"});
  REQUIRE(output.begin("x", {{"a"}, {"b"}}));
  output.row({"g\x1b]0;x\x07\xc2\x9b", "two\nlines"});
  output.end();
  CHECK(host.out == "g\\x1b]0;x\\x07\\xc2\\x9b,two\\nlines\n");
}

TEST_CASE("output: JSON is an envelope, JSON lines are the items alone") {
  const std::string items[] = {
      R"({"topic":"orders","lag":12034,"time":1763712000000,"rack":"r,1","configs":{"a":"1"}})",
      R"({"topic":"b\u001b[2J","lag":null,"time":-1,"rack":"say \"x\"","configs":[]})"};
  CHECK(printed(Format::kJson) == "{\"kreel\":1,\"kind\":\"groups.lag\",\"items\":[\n" + items[0] +
                                      ",\n" + items[1] + "\n],\"errors\":[]}\n");
  CHECK(printed(Format::kJsonl) == items[0] + "\n" + items[1] + "\n");
}

TEST_CASE("output: times in a table are in the zone asked for") {
  CHECK(printed({.format = Format::kTable,
                 .no_headers = true,
                 .columns = {"time"},
                 .zone = "Europe/Berlin"}) == "2025-11-21T09:00:00+01:00\n-1\n");
}

TEST_CASE("output: chosen columns come in the order asked for, by either spelling") {
  CHECK(printed({.format = Format::kCsv,
                 .no_headers = true,
                 .columns = {"RACK", "lag"},
                 .zone = "UTC"}) == "\"r,1\",12034\n\"say \"\"x\"\"\",\n");
  CHECK(
      printed(
          {.format = Format::kTable, .no_headers = false, .columns = {"topics"}, .zone = "UTC"}) ==
      "--columns: there is no column \"topics\" / did you mean \"topic\"?");
}

TEST_CASE("output: no items are an empty table or an empty array") {
  TestHost host;
  Output output(host.streams,
                {.format = Format::kJson, .no_headers = false, .columns = {}, .zone = "UTC"});
  REQUIRE(output.begin("x", {{"a"}}));
  output.end();
  CHECK(host.out == "{\"kreel\":1,\"kind\":\"x\",\"items\":[],\"errors\":[]}\n");
}

TEST_CASE("output: a table without rows has a head, unless all has failed") {
  for (const Format format : {Format::kTable, Format::kCsv}) {
    const OutputOptions options{
        .format = format, .no_headers = false, .columns = {}, .zone = "UTC"};
    TestHost good;
    Output empty(good.streams, options);
    REQUIRE(empty.begin("x", {{"a"}}));
    CHECK(good.out.empty());
    empty.end();
    CHECK(good.out == (format == Format::kCsv ? "a\n" : "A\n"));

    TestHost bad;
    Output failed(bad.streams, options);
    REQUIRE(failed.begin("x", {{"a"}}));
    failed.error(Error(ErrorKind::kNotFound, "gone"));
    failed.end();
    CHECK(bad.out.empty());
  }
}

TEST_CASE("output: a failure before the first row leaves nothing on stdout") {
  static const auto failing = [](const NoArgs&, CommandContext& context) -> Result<ExitCode> {
    TRY(context.output().begin("x", {{"a"}}));
    return fail(ErrorKind::kRefused, "not without --yes");
  };
  for (const char* format : {"table", "csv", "json"}) {
    CAPTURE(format);
    Invocation invocation;
    invocation.what = Invocation::What::kRun;
    invocation.command = cli::command<NoArgs>(
        {.name = "x y", .summary = "X", .since = "0.1", .run = failing, .uses = kPrint});
    invocation.args = invocation.command.make_args();
    invocation.globals.output = format;
    TestHost host;
    const bool json = std::string_view(format) == "json";
    CHECK(run_command(invocation, host.host, json) == ExitCode::kRefused);
    CHECK(host.out.empty());
    CHECK(host.err.find("not without --yes") != std::string::npos);
  }
}

TEST_CASE("output: an item's error is a line, or a member of the envelope") {
  const Error error(ErrorKind::kNotFound, "topic \"x\" not found", "did you mean \"y\"?");
  TestHost lines;
  Output table(lines.streams, OutputOptions{});
  REQUIRE(table.begin("x", {{"a"}}));
  table.error(error);
  CHECK(lines.err == "kreel: topic \"x\" not found\nhint: did you mean \"y\"?\n");
  CHECK(table.had_errors());

  TestHost object;
  Output json(object.streams,
              {.format = Format::kJson, .no_headers = false, .columns = {}, .zone = "UTC"});
  REQUIRE(json.begin("x", {{"a"}}));
  json.error(error);
  json.end();
  CHECK(object.err.empty());
  CHECK(object.out ==
        "{\"kreel\":1,\"kind\":\"x\",\"items\":[],\"errors\":[{\"code\":6,\"name\":\"not_found\","
        "\"message\":\"topic \\\"x\\\" not found\",\"hint\":\"did you mean \\\"y\\\"?\"}]}\n");
}

TEST_CASE("output: a failure between begin and end leaves one whole document") {
  static const auto failing = [](const NoArgs&, CommandContext& context) -> Result<ExitCode> {
    Output& output = context.output();
    TRY(output.begin("x", {{"a"}}));
    output.row({1});
    return fail(ErrorKind::kUnreachable, "gone");
  };
  const Command command = cli::command<NoArgs>(
      {.name = "x y", .summary = "X", .since = "0.1", .run = failing, .uses = kPrint});
  TestHost host;
  Invocation invocation;
  invocation.what = Invocation::What::kRun;
  invocation.command = command;
  invocation.globals.output = "json";
  invocation.args = command.make_args();
  CHECK(run_command(invocation, host.host, true) == ExitCode::kUnreachable);
  CHECK(host.err.empty());
  CHECK(host.out ==
        "{\"kreel\":1,\"kind\":\"x\",\"items\":[\n{\"a\":1}\n],\"errors\":[{\"code\":3,"
        "\"name\":\"unreachable\",\"message\":\"gone\",\"hint\":null}]}\n");
}

TEST_CASE("value: JSON keeps types, and bytes that are no UTF-8 become base64") {
  CHECK(Value().json() == "null");
  CHECK(Value(true).json() == "true");
  CHECK(Value(-5).json() == "-5");
  CHECK(Value(0.5).json() == "0.5");
  CHECK(Value("a\"\\\n\t\x01\x7f\xc3\xa9").json() == "\"a\\\"\\\\\\n\\t\\u0001\\u007f\xc3\xa9\"");
  CHECK(Value(std::string("\0", 1)).json() == "\"\\u0000\"");
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                          "\xf0\x80\x80\x80", "\x80"}) {
    CHECK(Value(bad).json().starts_with("{\"b64\":"));
  }
  for (const char* good : {"\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(Value(good).json() == "\"" + std::string(good) + "\"");
  }
}

TEST_CASE("value: JSON has no byte that a terminal acts on") {
  CHECK(Value("a\x1b[2J\x7f\xc2\x9b\xc2\xa0").json() == "\"a\\u001b[2J\\u007f\\u009b\xc2\xa0\"");
}

TEST_CASE("value: base64 pads to four") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("\xff\xfe\xfd\xfc") == "//79/A==");
}

TEST_CASE("wrap: lines end at the width, and continue at the indent") {
  CHECK(wrap("aa bb cc", 0, 0, 5) == "aa bb\ncc");
  CHECK(wrap("aa bb cc", 4, 4, 10) == "aa bb\n    cc");
  CHECK(wrap("averylongword x", 0, 2, 5) == "  averylongword\n  x");
  CHECK(wrap("a\n\nb", 0, 0, 5) == "a\n\nb");
}

TEST_CASE("progress: nothing off a terminal, with -q, or in the first moment") {
  TestHost host;
  std::int64_t now = 0;
  Progress off(host.streams, false, [&] { return now; }, {});
  now = 5000;
  off.update(10);
  CHECK(host.err.empty());
  host.on_terminal();
  Progress quiet(host.streams, true, [&] { return now; }, {});
  now = 10'000;
  quiet.update(10);
  Progress fresh(host.streams, false, [&] { return now; }, {});
  fresh.update(10);
  CHECK(host.err.empty());
}

TEST_CASE("progress: bar, count, rate and time left, redrawn and taken away") {
  TestHost host;
  host.on_terminal();
  std::int64_t now = 0;
  {
    Progress progress(host.streams, false, [&] { return now; },
                      {.unit = "records", .in_bytes = false, .total = 4000});
    now = 1000;
    progress.update(1000);
    CHECK(host.err ==
          "\r[#####...............]  25%  1,000 of 4,000 records  1,000/s  0:04 left\x1b[K");
    progress.update(2000);
    CHECK(host.err.find("2,000 of") == std::string::npos);
  }
  CHECK(host.err.ends_with("\r\x1b[K"));
}
