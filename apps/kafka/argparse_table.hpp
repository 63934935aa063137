#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/options.hpp"

namespace kreel::kafka_tools {

// What a word must be readable as, in Java's names: "could not convert 'x' to Long".
enum class JavaType { kString, kInteger, kLong, kDouble };

// One option of a tool that reads its command line with argparse4j.
struct Argument {
  enum class Takes {
    kNothing,
    kOne,  // the last one holds where it is repeated, unless `repeats`
    kMaybeOne,
    kSome  // every word up to the next option
  };
  std::string name;        // "--topic"; Options knows it as "topic"
  std::string alias = {};  // "-t"
  Takes takes = Takes::kOne;
  std::string metavar = {};  // in place of the name in capitals
  std::string help = {};
  JavaType type = JavaType::kString;
  std::vector<std::string> choices = {};
  std::string fallback = {};  // "(default: X)"
  bool required = false;
  bool repeats = false;
  std::string old_name = {};              // of older releases: accepted, and not shown
  bool shows_version = false;  // and nothing else is done
  std::optional<std::size_t> group = {};  // index of ArgumentParser::groups
};

// Options of which one may be given.
struct ExclusiveGroup {
  std::string title = {};
  std::string description = {};
  bool required = false;
};

// The command line of a tool, or of one of its commands. -h and --help are always there.
struct ArgumentParser {
  std::string program = {};  // of a command: its name
  std::string description = {};
  std::string help = {};  // of a command, where its tool lists it
  std::vector<Argument> arguments = {};
  std::vector<ExclusiveGroup> groups = {};
  std::vector<ArgumentParser> commands = {};
  std::string commands_title = {};            // in place of "positional arguments"
  std::string commands_metavar = {};          // in place of {a,b}
  int help_code = 0;                          // the exit code of --help
  bool help_without_words = false;            // and no words at all: help on stdout, exit code 0
  // Tool::on_error shows what the parser refuses, in place of the usage.
  bool tool_shows_errors = false;
};

struct ParsedArguments {
  Options options;
  std::optional<std::string> command;  // of ArgumentParser::commands, also as options["command"]
  bool asks_for_help = false;
  bool asks_for_version = false;
  std::optional<std::string> error = {};
};
// The grammar of argparse4j: --name value, --name=value, unambiguous beginnings of names.
ParsedArguments parse_arguments(const ArgumentParser& parser, std::span<const std::string> words);

// "usage: PROG [-h] --topic TOPIC …", wrapped as argparse4j does it without a terminal.
std::string argparse_usage(const ArgumentParser& parser, const std::optional<std::string>& command);
std::string argparse_help(const ArgumentParser& parser, const std::optional<std::string>& command);

}  // namespace kreel::kafka_tools
