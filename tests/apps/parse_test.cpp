#include "cli/parse.hpp"

#include <doctest/doctest.h>

using namespace kreel;
using namespace kreel::cli;

namespace {

struct ParseArgs {
  std::vector<std::string> names;
  std::string state = "any";
  bool all = false;
  std::optional<std::int32_t> partitions;
  std::int64_t count = 7;
  std::chrono::milliseconds wait{1500};
  Size bytes;
  std::vector<KeyValue> config;
  std::vector<std::int32_t> chosen;
  std::optional<Position> to;
  std::optional<RewindBy> by;
  std::optional<Instant> stamp;
  std::string tls;
  std::vector<std::string> child;
};

Result<ExitCode> run(const ParseArgs&, CommandContext&) {
  return ExitCode::kDone;
}

Command sample() {
  return command<ParseArgs>({
      .name = "sample run",
      .summary = "For the tests of the parser",
      .since = "0.1",
      .run = run,
      .uses = kPrint | kTimes,
      .options = {argument("NAME", &ParseArgs::names),
                  option("-s,--state", &ParseArgs::state).choices({"any", "stable"}).help("State"),
                  option("-a,--all", &ParseArgs::all).help("All"),
                  option("--partitions", &ParseArgs::partitions).range(1, 100).help("Partitions"),
                  option("-n,--count", &ParseArgs::count).help("Count"),
                  option("--wait", &ParseArgs::wait).help("Wait"),
                  option("--bytes", &ParseArgs::bytes).help("Bytes"),
                  option("-c,--config", &ParseArgs::config).help("Config"),
                  option("-p", &ParseArgs::chosen).help("Chosen"),
                  option("--to", &ParseArgs::to).alias("--target").help("To"),
                  option("--by", &ParseArgs::by).help("By"),
                  option("--stamp", &ParseArgs::stamp).help("Stamp"),
                  option("--tls", &ParseArgs::tls).value("MODE").optional_value("auto").help("TLS"),
                  trailing("CMD", &ParseArgs::child).help("Child")},
      .exclusive = {{"--to", "--by"}},
      .check = [](const ParseArgs& args) -> Result<void> {
        if (args.state == "stable" && args.all) return fail(ErrorKind::kUsage, "checked");
        return {};
      },
  });
}

constexpr std::int64_t kNow = 1'763'712'000'000;

ParseArgs parsed(const std::vector<std::string>& words) {
  auto result = parse_command(sample(), words, kNow);
  if (!result) FAIL(result.error().message());
  return *static_cast<const ParseArgs*>(result->args.get());
}

std::string error_of(const std::vector<std::string>& words) {
  const auto result = parse_command(sample(), words, kNow);
  return result ? "accepted" : result.error().message();
}
std::string hint_of(const std::vector<std::string>& words) {
  const auto result = parse_command(sample(), words, kNow);
  return result ? "accepted" : result.error().hint();
}

}  // namespace

TEST_CASE("parse: defaults are those of the ParseArgs") {
  const ParseArgs args = parsed({"n"});
  CHECK(args.names == std::vector<std::string>{"n"});
  CHECK(args.state == "any");
  CHECK(args.count == 7);
  CHECK(!args.partitions);
}

TEST_CASE("parse: values after a blank, after '=', attached to a short flag") {
  CHECK(parsed({"n", "--state", "stable"}).state == "stable");
  CHECK(parsed({"n", "--state=stable"}).state == "stable");
  CHECK(parsed({"n", "-s", "stable"}).state == "stable");
  CHECK(parsed({"n", "-sstable"}).state == "stable");
  CHECK(parsed({"-n5", "n"}).count == 5);
  const ParseArgs both = parsed({"-an", "5", "n"});
  CHECK(both.all);
  CHECK(both.count == 5);
}

TEST_CASE("parse: every type is read by its own grammar") {
  const ParseArgs args = parsed({"n", "--partitions", "100", "--wait", "1m", "--bytes", "64k", "-c",
                                 "a=b=c", "-c", "d=", "-p", "0,3-4", "--stamp",
                                 "2025-11-21T09:00:00", "--tz", "Europe/Berlin", "--to", "end-5"});
  CHECK(args.partitions == 100);
  CHECK(args.wait == std::chrono::minutes(1));
  CHECK(args.bytes.bytes == 65'536);
  CHECK(args.config == std::vector<KeyValue>{{"a", "b=c"}, {"d", ""}});
  CHECK(args.chosen == std::vector<std::int32_t>{0, 3, 4});
  REQUIRE(args.stamp);
  CHECK(args.stamp->time_ms == kNow);
  CHECK(ValueType<Instant>::parse("@2026-01-01", {kNow, "UTC"})->time_ms ==
        ValueType<Instant>::parse("2026-01-01", {kNow, "UTC"})->time_ms);
  CHECK(ValueType<Instant>::parse("@-1h", {kNow, "UTC"})->time_ms == kNow - 3'600'000);
  CHECK(!ValueType<Instant>::parse("@@now", {kNow, "UTC"}));
  REQUIRE(args.to);
  CHECK(args.to->delta == -5);
  CHECK(parsed({"n", "--by", "30m"}).by->duration_ms == 1'800'000);
}

TEST_CASE("parse: --name= is empty text, and does not eat the next word") {
  const ParseArgs args = parsed({"n", "--tls="});
  CHECK(args.names == std::vector<std::string>{"n"});
  CHECK(parsed({"-c", "k=", "--bytes=1", "m"}).names == std::vector<std::string>{"m"});
  CHECK(error_of({"n", "--state="}) == "--state: \"\" is not one of any, stable");
}

TEST_CASE("parse: values are taken as they are, brackets and leading dashes included") {
  CHECK(parsed({"[a,b]", "%%", "-"}).names == std::vector<std::string>{"[a,b]", "%%", "-"});
  CHECK(parsed({"n", "-c", "[a]=[b,c]"}).config == std::vector<KeyValue>{{"[a]", "[b,c]"}});
  CHECK(parsed({"n", "-n", "-5"}).count == -5);
  CHECK(parsed({"-7"}).names == std::vector<std::string>{"-7"});
}

TEST_CASE("parse: an optional value needs '='") {
  CHECK(parsed({"n"}).tls.empty());
  CHECK(parsed({"n", "--tls"}).tls == "auto");
  CHECK(parsed({"--tls", "n"}).names == std::vector<std::string>{"n"});
  CHECK(parsed({"n", "--tls=dir"}).tls == "dir");
}

TEST_CASE("parse: what stands after -- belongs to the child, flags included") {
  const ParseArgs args = parsed({"n", "--all", "--", "ls", "-l", "--all", "--", "x"});
  CHECK(args.child == std::vector<std::string>{"ls", "-l", "--all", "--", "x"});
  CHECK(args.names == std::vector<std::string>{"n"});
}

TEST_CASE("parse: a hidden alias is accepted") {
  CHECK(parsed({"n", "--target", "5"}).to->value == 5);
}

TEST_CASE("parse: errors name the option, the value and what would be right") {
  CHECK(error_of({}) == "sample run: NAME is missing");
  CHECK(hint_of({}) == "kreel sample run [OPTIONS] NAME... [-- CMD...]");
  CHECK(error_of({"n", "--state", "stabel"}) == "--state: \"stabel\" is not one of any, stable");
  CHECK(hint_of({"n", "--state", "stabel"}) == "did you mean \"stable\"?");
  CHECK(error_of({"n", "--partitions", "0"}) == "--partitions: 0 is outside 1..100");
  CHECK(error_of({"n", "--partitions", "5x"}) == "--partitions: \"5x\" is not a number");
  CHECK(error_of({"n", "--partitions", "99999999999"}) ==
        "--partitions: 99999999999 is outside 1..100");
  CHECK(error_of({"n", "--wait", "10"}) == "--wait: \"10\" is not a duration");
  CHECK(hint_of({"n", "--wait", "10"}) == "write 500ms, 30s, 1h30m or 7d");
  CHECK(error_of({"n", "-c", "x"}) == "-c: \"x\" is not KEY=VALUE");
  CHECK(error_of({"n", "--stat", "any"}) == "unknown flag \"--stat\"");
  CHECK(hint_of({"n", "--stat", "any"}) == "did you mean \"--state\"?");
  CHECK(error_of({"n", "-x"}) == "unknown flag \"-x\"");
  CHECK(error_of({"n", "--count"}) == "--count: a value is missing");
  CHECK(error_of({"n", "--all=1"}) == "--all: takes no value");
  CHECK(error_of({"n", "-n1", "-n2"}) == "-n: given more than once");
  CHECK(error_of({"n", "--to", "1", "--by", "2"}) == "--to and --by exclude each other");
  CHECK(error_of({"n", "--all", "-sstable"}) == "checked");
  CHECK(error_of({"n", "--tz", "Mars"}) == "--tz: unknown time zone \"Mars\"");
}

TEST_CASE("parse: a global flag without meaning for the command is refused") {
  CHECK(error_of({"n", "--dry-run"}) == "--dry-run means nothing to \"sample run\"");
  CHECK(error_of({"n", "--bootstrap-server=h"}) ==
        "--bootstrap-server means nothing to \"sample run\"");
  CHECK(error_of({"n", "-b", "h:1"}) == "-b means nothing to \"sample run\"");
}

TEST_CASE("parse: of a global flag given twice the last one counts") {
  const auto result = parse_command(sample(), {"n", "-o", "json", "-o", "csv"}, kNow);
  REQUIRE(result);
  CHECK(result->globals.output == "csv");
}

TEST_CASE("parse: help wins over what is missing or unknown") {
  CHECK(parse_command(sample(), {"-h"}, kNow)->what == Invocation::What::kShortHelp);
  CHECK(parse_command(sample(), {"--help", "--nope"}, kNow)->what == Invocation::What::kLongHelp);
}

TEST_CASE("parse: an error names the flag as it was typed") {
  const auto message = [](const std::vector<std::string>& words) {
    const auto result = parse_command(sample(), words, kNow);
    return result ? "" : result.error().message();
  };
  CHECK(message({"x", "-s", "odd"}).starts_with("-s: \"odd\""));
  CHECK(message({"x", "-sodd"}).starts_with("-s: \"odd\""));
  CHECK(message({"x", "--state", "odd"}).starts_with("--state: \"odd\""));
  CHECK(message({"x", "--state=odd"}).starts_with("--state: \"odd\""));
  CHECK(message({"x", "-s"}) == "-s: a value is missing");
  CHECK(message({"x", "--state"}) == "--state: a value is missing");
}

TEST_CASE("parse: errors are wanted as JSON when the last -o says so") {
  CHECK(asks_for_json({"a", "-o", "json"}));
  CHECK(asks_for_json({"a", "--output=jsonl", "--nope"}));
  CHECK(asks_for_json({"-ojson"}));
  CHECK(!asks_for_json({"-o", "json", "-o", "table"}));
  CHECK(!asks_for_json({"--", "-o", "json"}));
  CHECK(!asks_for_json({"-o"}));
}

TEST_CASE("parse: kcat's offsets as -o get the option that means them") {
  const Command command = sample();
  const auto hint = [&](const std::string& text) {
    const auto result = check_format(command, text);
    return result ? "accepted" : result.error().hint();
  };
  CHECK(hint("end") == "use --from end");
  CHECK(hint("beginning") == "use --from start");
  CHECK(hint("stored") == "use --from committed");
  CHECK(hint("-10") == "use --from end-10");
  CHECK(hint("42") == "use --from 42");
  CHECK(hint("@1700000000000") == "use --from @1700000000000");
  CHECK(hint("s@1700000000000") == "use --from @1700000000000");
  CHECK(hint("e@1700000000000") == "use --until @1700000000000");
  CHECK(hint("json") == "accepted");
}
