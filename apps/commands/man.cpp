#include "cli/man_page.hpp"

#include "cli/context.hpp"
#include "cli/registry.hpp"

namespace kreel::commands {
namespace {

struct ManArgs {
  std::optional<std::string> noun;
  std::optional<std::string> verb;
};

Result<std::string> page_of(const ManArgs& args) {
  if (!args.noun) return man_overview();
  const std::string_view verb = args.verb ? std::string_view(*args.verb) : std::string_view();
  const auto noun = find_noun(*args.noun);
  if (!noun) return fail(unknown_command(*args.noun, verb));
  if (const CommandEntry* entry = find_command(*noun, verb)) return man_of_command(entry->make());
  if (verb.empty()) return man_of_noun(*noun);
  return fail(unknown_verb(*noun, verb));
}

Result<ExitCode> run(const ManArgs& args, CommandContext& context) {
  TRY_ASSIGN(const std::string page, page_of(args));
  context.streams().out.write(page);
  return ExitCode::kDone;
}

}  // namespace

Command man() {
  return command<ManArgs>({
      .name = "man",
      .summary = "Print the man page of a command",
      .since = "0.1",
      .run = run,
      .options = {argument("COMMAND", &ManArgs::noun).optional(),
                  argument("ACTION", &ManArgs::verb).optional()},
      .details = "The page is in mdoc, which man -l and mandoc show. Without COMMAND it is "
                 "kreel(1). Debian's package installs all of them.",
      .examples = {{"kreel man groups lag | man -l -", "Show the page of a command"},
                   {"kreel man > kreel.1", "The list of all commands"}},
      .see_also = {"completion"},
  });
}

}  // namespace kreel::commands
