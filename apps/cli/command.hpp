#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/result.hpp>

#include "cli/exit_code.hpp"
#include "cli/option.hpp"

namespace kreel::cli {

class CommandContext;

// Which global flags mean something to a command; the others are refused, never ignored.
enum Uses : unsigned {
  kNothing = 0,
  kClient = 1,   // -b -X -F -P: the properties of a Kafka client
  kBroker = 2,   // --timeout --debug: talks to a broker
  kPrint = 4,    // -o --no-headers --columns: prints items
  kChange = 8,   // -y --dry-run: changes something after asking
  kTimes = 16,   // --tz
  kVerbose = 32,  // -v
  // -y: what they change is not asked for, but a protected profile is, by these two alone.
  kUnasked = 64,  // changes something by admin calls: asked before it runs
  kWrites = 128   // writes records: asked when its producer is configured
};

// Text that a command must state: there is no default, so leaving it out does not compile.
struct Text : std::string_view {
  Text() = delete;
  constexpr Text(const char* text) : std::string_view(text) {}
};

struct Example {
  std::string command;  // as typed, "kreel" included
  std::string what;     // one line
};

// A command with its types erased: what the parser and the help work on.
struct Command {
  std::string name;     // "groups list"
  std::string summary;  // one line without a full stop
  std::string since;
  std::string details;  // paragraphs for --help, separated by empty lines
  unsigned uses = kNothing;
  std::vector<std::string> formats;  // values of -o
  std::vector<Option> options;
  std::vector<std::vector<std::string>> exclusive;
  std::vector<Example> examples;
  std::vector<ExitCode> exits;
  std::vector<std::string> see_also;
  std::function<std::shared_ptr<void>()> make_args;
  std::function<Result<void>(const void*)> check;
  std::function<Result<ExitCode>(const void*, CommandContext&)> run;
};

// A command as its file states it.
template <class Args>
struct CommandSpec {
  Text name;
  Text summary;
  Text since;
  Result<ExitCode> (*run)(const Args& args, CommandContext& context);
  unsigned uses = kNothing;
  std::vector<OptionOf<Args>> options = {};
  std::string details = {};
  // Values of -o where they are not table, wide, json, jsonl and csv; the first is the default.
  std::vector<std::string> formats = {};
  // Sets of options of which at most one may be given: {{"--to", "--by"}}.
  std::vector<std::vector<std::string>> exclusive = {};
  // What options alone can show to be wrong, checked before anything is opened.
  Result<void> (*check)(const Args& args) = nullptr;
  std::vector<Example> examples = {};
  // Beyond 0, 1 and 2.
  std::vector<ExitCode> exits = {};
  std::vector<std::string> see_also = {};
};

template <class Args>
Command command(CommandSpec<Args> spec) {
  Command result;
  result.name = spec.name;
  result.summary = spec.summary;
  result.since = spec.since;
  result.details = std::move(spec.details);
  result.uses = spec.uses;
  result.formats = std::move(spec.formats);
  for (const OptionOf<Args>& option : spec.options) result.options.push_back(option.get());
  result.exclusive = std::move(spec.exclusive);
  result.examples = std::move(spec.examples);
  result.exits = std::move(spec.exits);
  result.see_also = std::move(spec.see_also);
  result.make_args = [] { return std::make_shared<Args>(); };
  result.check = [check = spec.check](const void* args) -> Result<void> {
    return check == nullptr ? Result<void>() : check(*static_cast<const Args*>(args));
  };
  result.run = [run = spec.run](const void* args, CommandContext& context) {
    return run(*static_cast<const Args*>(args), context);
  };
  return result;
}

}  // namespace kreel::cli

namespace kreel::commands {
// A command's file is written in the framework's words.
using namespace cli;
}  // namespace kreel::commands
