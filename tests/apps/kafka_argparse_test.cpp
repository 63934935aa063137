#include "kafka/argparse_table.hpp"

#include <doctest/doctest.h>

using namespace kreel::kafka_tools;

namespace {

const ArgumentParser& perf_parser() {
  static const ArgumentParser parser{
      .program = "kafka-producer-perf-test",
      .description = "Writes records.",
      .arguments = {{.name = "--bootstrap-server",
                     .alias = "-b",
                     .metavar = "BOOTSTRAP-SERVER",
                     .old_name = "--broker-list"},
                    {.name = "--topic", .metavar = "TOPIC", .required = true},
                    {.name = "--num-records",
                     .metavar = "NUM-RECORDS",
                     .type = JavaType::kLong,
                     .required = true},
                    {.name = "--record-size", .type = JavaType::kInteger, .group = 0},
                    {.name = "--payload-file", .metavar = "PAYLOAD-FILE", .group = 0},
                    {.name = "--throughput", .type = JavaType::kDouble},
                    {.name = "--acks", .choices = {"0", "1", "-1"}},
                    {.name = "--props", .takes = Argument::Takes::kSome, .metavar = "K=V"},
                    {.name = "--print-metrics", .takes = Argument::Takes::kNothing}},
      .groups = {{.required = true}}};
  return parser;
}

const ArgumentParser& command_parser() {
  static const ArgumentParser parser{
      .program = "kafka-features",
      .arguments = {{.name = "--server", .required = true}},
      .commands = {{.program = "upgrade",
                    .description = "Raises.",
                    .arguments = {{.name = "--feature", .repeats = true}}},
                   {.program = "update"},
                   {.program = "describe", .description = "Shows."}}};
  return parser;
}

ParsedArguments perf(const std::vector<std::string>& words) {
  return parse_arguments(perf_parser(), words);
}

std::string refusal(const std::vector<std::string>& words) {
  return perf(words).error.value_or("");
}

std::string command_refusal(const std::vector<std::string>& words) {
  return parse_arguments(command_parser(), words).error.value_or("");
}

}  // namespace

TEST_CASE(
    "argparse4j: values follow or stand behind =, names may be cut, negative numbers are values") {
  const auto parsed = perf({"--topic=a=b", "--num", "10", "--record-size", "5", "--thr", "-1",
                            "--print-metrics", "-b", "h:1"});
  REQUIRE_FALSE(parsed.error);
  CHECK(parsed.options.value_or("topic", "-").value() == "a=b");
  CHECK(parsed.options.number("num-records").value() == 10);
  CHECK(parsed.options.value_or("throughput", "-").value() == "-1");
  CHECK(parsed.options.value_or("bootstrap-server", "-").value() == "h:1");
  CHECK(parsed.options.has("print-metrics"));
}

TEST_CASE("argparse4j: an option that takes some words takes all up to the next option") {
  const auto parsed = perf({"--props", "a=1", "b=2", "--topic", "x", "--topic", "y",
                            "--num-records", "1", "--record-size", "1"});
  REQUIRE_FALSE(parsed.error);
  CHECK(parsed.options.values("props") == std::vector<std::string>{"a=1", "b=2"});
  CHECK(parsed.options.value_or("topic", "-").value() == "y");
}

TEST_CASE("argparse4j: names of older releases are accepted and not shown") {
  const auto parsed =
      perf({"--broker-list", "h:1", "--topic", "t", "--num-records", "1", "--record-size", "1"});
  REQUIRE_FALSE(parsed.error);
  CHECK(parsed.options.value_or("bootstrap-server", "-").value() == "h:1");
  CHECK(argparse_help(perf_parser(), std::nullopt).find("broker-list") == std::string::npos);
}

TEST_CASE("argparse4j: what it refuses") {
  CHECK(refusal({"--foo"}) == "unrecognized arguments: '--foo'");
  CHECK(refusal({"word", "more"}) == "unrecognized arguments: 'word more'");
  CHECK(refusal({"--p"}) ==
        "ambiguous option: --p could match --payload-file, --print-metrics, --props");
  CHECK(refusal({"--topic"}) == "argument --topic: expected one argument");
  CHECK(refusal({"--props", "--topic", "x"}) == "argument --props: expected 1 argument(s)");
  CHECK(refusal({"--num-records", "x"}) ==
        "argument --num-records: could not convert 'x' to Long (For input string: \"x\")");
  CHECK(refusal({"--throughput", "fast"}) ==
        "argument --throughput: could not convert 'fast' to Double (For input string: \"fast\")");
  CHECK(refusal({"--acks", "5"}) == "argument --acks: invalid choice: '5' (choose from {0,1,-1})");
  CHECK(refusal({"--print-metrics=yes"}) ==
        "argument --print-metrics: ignore implicit argument 'yes'");
  CHECK(refusal({"--record-size", "1", "--payload-file", "f"}) ==
        "argument --payload-file: not allowed with argument --record-size");
}

TEST_CASE("argparse4j: what is missing is told at the end, the last option first") {
  CHECK(refusal({"--record-size", "1"}) == "argument --num-records is required");
  CHECK(refusal({"--topic", "t", "--num-records", "1"}) ==
        "one of the arguments --record-size --payload-file is required");
  CHECK(perf({"--topic", "t", "--help", "--foo"}).asks_for_help);
}

TEST_CASE("argparse4j: commands have options of their own") {
  const auto parsed = parse_arguments(command_parser(),
                                      std::vector<std::string>{"--server", "s", "up", "--feature"});
  CHECK(parsed.error == "ambiguous command: up could match update, upgrade");
  const auto named = parse_arguments(
      command_parser(),
      std::vector<std::string>{"--server", "s", "upg", "--feature", "a=1", "--feature", "b=2"});
  REQUIRE_FALSE(named.error);
  CHECK(named.command == "upgrade");
  CHECK(named.options.value_or("command", "").value() == "upgrade");
  CHECK(named.options.values("feature") == std::vector<std::string>{"a=1", "b=2"});
  CHECK(command_refusal({"--server", "s"}) == "too few arguments");
  CHECK(command_refusal({"describe"}) == "argument --server is required");
  CHECK(command_refusal({"--server", "s", "raise"}) ==
        "invalid choice: 'raise' (choose from 'upgrade', 'update', 'describe')");
}

TEST_CASE("argparse4j: the usage is wrapped at 75 columns, exclusive options come last") {
  CHECK(argparse_usage(perf_parser(), std::nullopt) ==
        "usage: kafka-producer-perf-test\n"
        "       [-h] [--bootstrap-server BOOTSTRAP-SERVER] --topic TOPIC\n"
        "       --num-records NUM-RECORDS [--throughput THROUGHPUT]\n"
        "       [--acks {0,1,-1}] [--props K=V [K=V ...]] [--print-metrics]\n"
        "       (--record-size RECORD_SIZE | --payload-file PAYLOAD-FILE)\n");
  CHECK(argparse_usage(command_parser(), std::nullopt) ==
        "usage: kafka-features [-h] --server SERVER {upgrade,update,describe} ...\n");
  CHECK(argparse_usage(command_parser(), "upgrade") ==
        "usage: kafka-features --server SERVER upgrade [-h] [--feature FEATURE]\n");
}

TEST_CASE("argparse4j: help names commands, options and their defaults") {
  const std::string help = argparse_help(command_parser(), std::nullopt);
  CHECK(help.find("\n    upgrade              Raises.\n") != std::string::npos);
  CHECK(help.find("\n  -h, --help             show this help message and exit\n") !=
        std::string::npos);
  CHECK(argparse_help(perf_parser(), std::nullopt)
            .find("\n  --bootstrap-server BOOTSTRAP-SERVER, "
                  "-b BOOTSTRAP-SERVER\n") != std::string::npos);
}
