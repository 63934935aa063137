// Every command of commands.def, checked as a table: names, help and examples.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include <kreel/text.hpp>

#include "cli/help.hpp"
#include "cli/parse.hpp"

using namespace kreel;
using namespace kreel::cli;

namespace {

std::string full_name(const CommandEntry& entry) {
  std::string name(entry.noun);
  if (!entry.verb.empty()) name += " " + std::string(entry.verb);
  return name;
}

// The words of an example up to a pipe or redirection, quotes taken off as a shell does.
std::vector<std::string> words_of(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  char quote = '\0';
  bool any = false;
  for (const char c : command + " ") {
    if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      any = true;
    } else if (c != ' ') {
      word += c;
    } else if (any || !word.empty()) {
      if (word == "|" || word == ">" || word == "<" || word == "&&" || word == "&") break;
      words.push_back(word);
      word.clear();
      any = false;
    }
  }
  return words;
}

bool is_argument(const Option& option) {
  return option.type == Option::Type::kArgument || option.type == Option::Type::kTrailing;
}

}  // namespace

TEST_CASE("commands: each is named as its line in commands.def") {
  for (const CommandEntry& entry : all_commands()) CHECK(entry.make().name == full_name(entry));
}

TEST_CASE("commands: no option name twice, shared flags included") {
  for (const CommandEntry& entry : all_commands()) {
    const Command command = entry.make();
    CAPTURE(command.name);
    std::set<std::string> seen = {"-h", "--help"};
    const auto add = [&](const Option& option) {
      for (const auto* names : {&option.names, &option.aliases}) {
        for (const std::string& name : *names) CHECK_MESSAGE(seen.insert(name).second, name);
      }
    };
    for (const Option& option : command.options) add(option);
    for (const GlobalOption& global : global_options()) {
      if (global.uses == 0 || (command.uses & global.uses) != 0) add(global.option);
    }
  }
}

TEST_CASE("commands: a short flag means one thing in all of them, but for -p") {
  std::map<std::string, std::string> meanings;
  for (const CommandEntry& entry : all_commands()) {
    const Command command = entry.make();
    std::vector<Option> options = command.options;
    for (const GlobalOption& global : global_options()) options.push_back(global.option);
    for (const Option& option : options) {
      for (const std::string& name : option.names) {
        if (is_argument(option) || name.size() != 2 || name == "-p") continue;
        // To set a topic's config is one meaning, when it is made and when it is altered.
        const std::string meaning = option.main_name() == "--set" ? "--config" : option.main_name();
        const auto [at, added] = meanings.emplace(name, meaning);
        CHECK_MESSAGE(at->second == meaning, command.name << " " << name);
      }
    }
  }
}

TEST_CASE("commands: every option is explained, in one line without a full stop") {
  for (const CommandEntry& entry : all_commands()) {
    const Command command = entry.make();
    CAPTURE(command.name);
    CHECK(!command.summary.empty());
    CHECK(!command.summary.ends_with('.'));
    CHECK(!command.since.empty());
    for (const Option& option : command.options) {
      CAPTURE(option.main_name());
      if (!is_argument(option)) CHECK(!option.help.empty());
      CHECK(!option.help.ends_with('.'));
      if (!is_argument(option)) CHECK(option.main_name().starts_with("-"));
      CHECK((option.value_name.find(' ') == std::string::npos));
    }
  }
}

TEST_CASE("commands: options that exclude each other exist") {
  for (const CommandEntry& entry : all_commands()) {
    const Command command = entry.make();
    for (const auto& group : command.exclusive) {
      for (const std::string& name : group) {
        const bool exists = std::ranges::any_of(
            command.options, [&](const Option& option) { return option.main_name() == name; });
        CHECK_MESSAGE(exists, command.name << " " << name);
      }
    }
  }
}

TEST_CASE("commands: help is at most 79 columns wide") {
  const auto check_width = [](const std::string& text) {
    for (const std::string_view line : split(text, '\n')) {
      CHECK_MESSAGE(line.size() <= 79, std::string(line));
    }
  };
  check_width(overview());
  for (const CommandEntry& entry : all_commands()) {
    check_width(short_help(entry.make()));
    check_width(long_help(entry.make()));
    if (!entry.verb.empty()) check_width(noun_help(entry.noun));
  }
}

TEST_CASE("commands: every example parses, and is of its command") {
  for (const CommandEntry& entry : all_commands()) {
    const Command command = entry.make();
    CHECK_MESSAGE(command.examples.size() >= 2, command.name);
    for (const Example& example : command.examples) {
      CAPTURE(example.command);
      CHECK(!example.what.empty());
      const auto all = split(example.command, '|');
      bool found = false;
      for (const std::string_view part : all) {
        std::vector<std::string> words = words_of(std::string(trim(part)));
        if (words.empty() || words[0] != "kreel" || words.back() == "--version") {
          found = found || (!words.empty() && words.back() == "--version");
          continue;
        }
        words.erase(words.begin());
        const auto result = parse(words, 1'763'712'000'000);
        if (!result) FAIL_CHECK(result.error().message());
        if (result) found = found || result->command.name == command.name;
      }
      CHECK(found);
    }
  }
}

TEST_CASE("commands: every cross-reference exists") {
  for (const CommandEntry& entry : all_commands()) {
    const Command command = entry.make();
    for (const std::string& reference : command.see_also) {
      const auto parts = split(reference, ' ');
      const bool known = find_command(parts[0], parts.size() > 1 ? parts[1] : "") != nullptr;
      CHECK_MESSAGE(known, command.name << " -> " << reference);
    }
  }
}
