#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/globals.hpp"
#include "cli/registry.hpp"

namespace kreel::cli {

// What a command line asks for.
struct Invocation {
  enum class What { kRun, kShortHelp, kLongHelp, kOverview, kNounHelp, kJsonHelp, kSchema };
  What what = What::kOverview;
  std::string noun;  // kNounHelp; kJsonHelp, where empty means all
  std::string kind;  // kSchema, where empty means their names
  std::string verb;  // kJsonHelp
  Command command;   // kRun, kShortHelp, kLongHelp
  GlobalArgs globals;
  std::shared_ptr<void> args;  // the command's Args
};

// The words after "kreel". Only the command that is found has its options built. Errors are kUsage.
Result<Invocation> parse(const std::vector<std::string>& words, std::int64_t now_ms);

// Binds `words`, which no longer hold the command's own words, to this command.
Result<Invocation> parse_command(Command command, const std::vector<std::string>& words,
                                 std::int64_t now_ms);

// Whether errors are to be JSON objects; asked when the words themselves cannot be parsed.
bool asks_for_json(const std::vector<std::string>& words);

// kUsage unless `text` is one of the command's formats. -o is an offset in kcat, kcl and rpk: such
// a value is answered with a hint to --from.
Result<void> check_format(const Command& command, const std::string& text,
                          std::string_view flag = "--output");

}  // namespace kreel::cli
