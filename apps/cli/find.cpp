#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/parse.hpp"

namespace kreel::cli {
namespace {

// How many words the global flag at `at` takes: 0 when there is none, 2 with a value of its own.
std::size_t global_flag_words(const std::vector<GlobalOption>& globals, const std::string& word) {
  if (word.size() < 2 || word[0] != '-' || word == "--") return 0;
  const bool is_long = word[1] == '-';
  const auto equals = word.find('=');
  const std::string name = is_long ? word.substr(0, equals) : word.substr(0, 2);
  for (const GlobalOption& global : globals) {
    const Option& option = global.option;
    if (std::ranges::find(option.names, name) == option.names.end() &&
        std::ranges::find(option.aliases, name) == option.aliases.end()) {
      continue;
    }
    if (option.type == Option::Type::kFlag) return 1;
    const bool attached = is_long ? equals != std::string::npos : word.size() > 2;
    return attached ? 1 : 2;
  }
  return 0;
}

// Index of the first word from `at` on that is no global flag and no value of one.
std::size_t next_word(const std::vector<GlobalOption>& globals,
                      const std::vector<std::string>& words, std::size_t at) {
  while (at < words.size()) {
    const std::size_t count = global_flag_words(globals, words[at]);
    if (count == 0) return at;
    at += count;
  }
  return words.size();
}

bool is_help(std::string_view word) {
  return word == "-h" || word == "--help";
}

std::string_view word_at(const std::vector<std::string>& words, std::size_t at) {
  return at < words.size() ? std::string_view(words[at]) : std::string_view();
}

Result<Invocation> help_about(std::string_view noun, std::string_view verb) {
  Invocation result;
  if (noun.empty()) return result;
  const auto known = find_noun(noun);
  if (!known) return fail(unknown_command(noun, verb));
  const CommandEntry* entry = find_command(*known, verb);
  if (entry == nullptr && !verb.empty()) return fail(unknown_verb(*known, verb));
  if (entry == nullptr) {
    result.what = Invocation::What::kNounHelp;
    result.noun = *known;
    return result;
  }
  result.what = Invocation::What::kLongHelp;
  result.command = entry->make();
  return result;
}

// The words after `help`.
Result<Invocation> help_command(std::vector<std::string> words) {
  const auto flag = std::ranges::find(words, "--json");
  const bool as_json = flag != words.end();
  if (as_json) words.erase(flag);
  const std::string_view noun = word_at(words, 0);
  const std::string_view verb = word_at(words, 1);
  if (is_help(noun)) return Invocation{};
  if (noun == "--schema") {
    if (words.size() > 2) {
      return fail(ErrorKind::kUsage, fmt::format("help: unexpected \"{}\"", words[2]));
    }
    Invocation schema;
    schema.what = Invocation::What::kSchema;
    schema.kind = verb;
    return schema;
  }
  if (noun.starts_with('-')) {
    const std::array<std::string, 2> flags{"--json", "--schema"};
    return fail(ErrorKind::kUsage, fmt::format("help: unknown flag \"{}\"", noun),
                fmt::format("did you mean \"{}\"?", nearest(noun, flags).value_or("--json")));
  }
  auto result = help_about(noun, verb);
  if (result && as_json) {
    result->what = Invocation::What::kJsonHelp;
    if (!noun.empty()) result->noun = std::string(*find_noun(noun));
    result->verb = std::string(verb);
  }
  return result;
}

}  // namespace

Result<Invocation> parse(const std::vector<std::string>& words, std::int64_t now_ms) {
  const std::vector<GlobalOption> globals = global_options();
  const std::size_t noun_at = next_word(globals, words, 0);
  const std::string_view noun = word_at(words, noun_at);
  if (words.empty() || is_help(noun)) return Invocation{};
  if (noun.empty()) {
    return fail(ErrorKind::kUsage, "there is no command", "kreel help lists the commands");
  }
  const std::size_t verb_at = next_word(globals, words, noun_at + 1);
  const std::string_view verb = word_at(words, verb_at);
  if (noun == "help") {
    return help_command({words.begin() + static_cast<std::ptrdiff_t>(noun_at) + 1, words.end()});
  }
  if (noun.starts_with('-')) {
    return fail(ErrorKind::kUsage, fmt::format("unknown flag \"{}\" before the command", noun),
                "flags of a command stand after it: kreel topics list --all");
  }
  const auto known = find_noun(noun);
  if (!known) return fail(unknown_command(noun, verb));

  std::vector<std::string> rest(words);
  const auto at = [&](std::size_t index) {
    return rest.begin() + static_cast<std::ptrdiff_t>(index);
  };
  const CommandEntry* entry = verb.empty() ? nullptr : find_command(*known, verb);
  if (entry != nullptr) {
    rest.erase(at(verb_at));
  } else {
    entry = find_command(*known, "");
  }
  if (entry == nullptr && is_help(verb)) return help_about(*known, "");
  if (entry == nullptr) return fail(unknown_verb(*known, verb));
  rest.erase(at(noun_at));
  return parse_command(entry->make(), rest, now_ms);
}

}  // namespace kreel::cli
