#include "cli/registry.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::commands {

#define KREEL_COMMAND(noun, verb) cli::Command noun##_##verb();
#define KREEL_COMMAND_ALONE(noun) cli::Command noun();
#include "commands/commands.def"
#undef KREEL_COMMAND
#undef KREEL_COMMAND_ALONE

}  // namespace kreel::commands

namespace kreel::cli {
namespace {

// The name of a function as a person types it: group_empty is group-empty.
template <std::size_t size>
struct Dashed {
  char text[size] = {};
  consteval Dashed(const char (&name)[size]) {
    for (std::size_t i = 0; i < size; ++i) text[i] = name[i] == '_' ? '-' : name[i];
  }
};
template <Dashed name>
constexpr std::string_view kDashed{name.text, sizeof(name.text) - 1};

constexpr auto kCommands = std::to_array<CommandEntry>({
#define KREEL_COMMAND(noun, verb) {kDashed<#noun>, kDashed<#verb>, commands::noun##_##verb},
#define KREEL_COMMAND_ALONE(noun) {kDashed<#noun>, "", commands::noun},
#include "commands/commands.def"
#undef KREEL_COMMAND
#undef KREEL_COMMAND_ALONE
});

bool same_noun(std::string_view noun, std::string_view word) {
  if (noun == word) return true;
  return (noun.ends_with('s') && noun.substr(0, noun.size() - 1) == word) ||
         (word.ends_with('s') && word.substr(0, word.size() - 1) == noun);
}

}  // namespace

std::span<const CommandEntry> all_commands() {
  return kCommands;
}

std::optional<std::string_view> find_noun(std::string_view word) {
  for (const CommandEntry& entry : kCommands) {
    if (same_noun(entry.noun, word)) return entry.noun;
  }
  return std::nullopt;
}

const CommandEntry* find_command(std::string_view noun, std::string_view verb) {
  for (const CommandEntry& entry : kCommands) {
    if (same_noun(entry.noun, noun) && entry.verb == verb) return &entry;
  }
  return nullptr;
}

std::vector<std::string> verbs_of(std::string_view noun) {
  std::vector<std::string> verbs;
  for (const CommandEntry& entry : kCommands) {
    if (entry.noun == noun && !entry.verb.empty()) verbs.emplace_back(entry.verb);
  }
  return verbs;
}

Error unknown_command(std::string_view word, std::string_view next_word) {
  Error error(ErrorKind::kUsage, fmt::format("unknown command \"{}\"", word));
  if (find_command(next_word, word) != nullptr) {
    return std::move(error).with_hint(
        fmt::format("did you mean \"kreel {} {}\"?", *find_noun(next_word), word));
  }
  std::vector<std::string> nouns = {"help", "version"};
  for (const CommandEntry& entry : kCommands) nouns.emplace_back(entry.noun);
  if (const auto near = nearest(word, nouns)) {
    return std::move(error).with_hint(fmt::format("did you mean \"{}\"?", *near));
  }
  return std::move(error).with_hint("kreel help lists the commands");
}

Error unknown_verb(std::string_view noun, std::string_view word) {
  const std::vector<std::string> verbs = verbs_of(noun);
  if (word.empty() || word.starts_with('-')) {
    return Error(ErrorKind::kUsage, fmt::format("{}: say what to do", noun),
                 fmt::format("one of {}", fmt::join(verbs, ", ")));
  }
  const auto near = nearest(word, verbs);
  return Error(ErrorKind::kUsage, fmt::format("unknown command \"{} {}\"", noun, word),
               near ? fmt::format("did you mean \"{} {}\"?", noun, *near)
                    : fmt::format("one of {}", fmt::join(verbs, ", ")));
}

}  // namespace kreel::cli
