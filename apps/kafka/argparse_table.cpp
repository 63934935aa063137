#include "kafka/argparse_table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

constexpr std::size_t kUsageWidth = 75;
constexpr std::size_t kUsageIndentMax = 30;
constexpr std::size_t kHelpIndent = 25;

const ArgumentParser* command_of(const ArgumentParser& parser,
                                 const std::optional<std::string>& name) {
  const auto at = std::ranges::find_if(parser.commands, [&](const ArgumentParser& command) {
    return name && command.program == *name;
  });
  return at == parser.commands.end() ? nullptr : &*at;
}

std::string metavar_of(const Argument& argument) {
  if (!argument.metavar.empty()) return argument.metavar;
  if (!argument.choices.empty()) return fmt::format("{{{}}}", join(argument.choices, ","));
  std::string text = argument.name.substr(argument.name.find_first_not_of('-'));
  for (char& c : text) {
    if (c == '-') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// "--topic TOPIC"
std::string syntax_of(const Argument& argument, std::string_view name) {
  const std::string metavar = metavar_of(argument);
  switch (argument.takes) {
    case Argument::Takes::kNothing:
      return std::string(name);
    case Argument::Takes::kOne:
      return fmt::format("{} {}", name, metavar);
    case Argument::Takes::kMaybeOne:
      return fmt::format("{} [{}]", name, metavar);
    case Argument::Takes::kSome:
      return fmt::format("{} {} [{} ...]", name, metavar, metavar);
  }
  return std::string(name);
}

std::string bracketed(const Argument& argument) {
  const std::string syntax = syntax_of(argument, argument.name);
  return argument.required ? syntax : fmt::format("[{}]", syntax);
}

// `required_only`: what a command's usage repeats of the tool's own options.
void add_usage(const ArgumentParser& parser, bool required_only, std::vector<std::string>& words) {
  if (!required_only) words.emplace_back("[-h]");
  for (const Argument& argument : parser.arguments) {
    if (argument.group || (required_only && !argument.required)) continue;
    words.push_back(bracketed(argument));
  }
  for (std::size_t i = 0; i < parser.groups.size(); ++i) {
    std::vector<const Argument*> members;
    for (const Argument& argument : parser.arguments) {
      if (argument.group == i) members.push_back(&argument);
    }
    const bool required = parser.groups[i].required;
    if (members.empty() || (required_only && !required)) continue;
    if (members.size() == 1) {
      const Argument& only = *members.front();
      words.push_back(required ? syntax_of(only, only.name) : bracketed(only));
      continue;
    }
    for (const Argument* member : members) {
      const bool is_first = member == members.front();
      const bool is_last = member == members.back();
      if (!is_first) words.emplace_back("|");
      words.push_back(fmt::format("{}{}{}", is_first ? (required ? "(" : "[") : "",
                                  syntax_of(*member, member->name),
                                  is_last ? (required ? ")" : "]") : ""));
    }
  }
}

std::string commands_text(const ArgumentParser& parser) {
  if (!parser.commands_metavar.empty()) return parser.commands_metavar;
  std::vector<std::string> names;
  for (const ArgumentParser& command : parser.commands) names.push_back(command.program);
  return fmt::format("{{{}}}", join(names, ","));
}

// Words in lines of at most `kUsageWidth`; the first line has `used` columns already.
std::string wrapped_text(std::string_view text, std::size_t used, std::size_t indent) {
  std::string result;
  for (const std::string_view word : split(text, ' ')) {
    const bool is_first = result.empty();
    if (!is_first && used + 1 + word.size() > kUsageWidth) {
      result += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (!is_first) {
      result += ' ';
      ++used;
    }
    result += word;
    used += word.size();
  }
  return result;
}

std::string help_row(std::string_view title, std::string_view help) {
  std::string row = fmt::format("  {}", title);
  if (help.empty()) return row + "\n";
  if (row.size() + 2 > kHelpIndent) row += '\n' + std::string(kHelpIndent, ' ');
  const std::size_t line_start = row.rfind('\n') + 1;
  row.resize(std::max(row.size(), line_start + kHelpIndent), ' ');
  return row + wrapped_text(help, kHelpIndent, kHelpIndent) + "\n";
}

std::string help_row(const Argument& argument) {
  std::string title = syntax_of(argument, argument.name);
  if (!argument.alias.empty()) title += ", " + syntax_of(argument, argument.alias);
  if (argument.fallback.empty()) return help_row(title, argument.help);
  return help_row(title, fmt::format("{} (default: {})", argument.help, argument.fallback));
}

bool stands_apart(const ArgumentParser& parser, const Argument& argument) {
  if (!argument.group) return false;
  const ExclusiveGroup& group = parser.groups[*argument.group];
  return !group.title.empty() || !group.description.empty();
}

std::string group_help(const ArgumentParser& parser, std::size_t index) {
  const ExclusiveGroup& group = parser.groups[index];
  if (group.title.empty() && group.description.empty()) return "";
  std::string text = "\n";
  if (!group.title.empty()) text += group.title + ":\n";
  if (!group.description.empty()) {
    text += fmt::format("  {}\n\n", wrapped_text(group.description, 2, 2));
  }
  for (const Argument& argument : parser.arguments) {
    if (argument.group == index) text += help_row(argument);
  }
  return text;
}

}  // namespace

std::string argparse_usage(const ArgumentParser& parser,
                           const std::optional<std::string>& command) {
  std::vector<std::string> words;
  const ArgumentParser* inner = command_of(parser, command);
  if (inner != nullptr) {
    add_usage(parser, true, words);
    words.push_back(inner->program);
    add_usage(*inner, false, words);
  } else {
    add_usage(parser, false, words);
    if (!parser.commands.empty()) {
      words.push_back(commands_text(parser));
      words.emplace_back("...");
    }
  }
  std::string text = fmt::format("usage: {}", parser.program);
  std::size_t indent = text.size();
  std::size_t used = indent;
  if (indent > kUsageIndentMax) {
    indent = 6;
    used = 2 * indent;  // argparse4j counts the indentation twice here
    text += '\n' + std::string(indent, ' ');
  }
  bool is_first = true;
  for (const std::string& word : words) {
    if (!is_first && used + word.size() + 1 > kUsageWidth) {
      text += '\n' + std::string(indent, ' ');
      used = indent;
    }
    text += ' ' + word;
    used += 1 + word.size();
    is_first = false;
  }
  return text + "\n";
}

std::string argparse_help(const ArgumentParser& parser, const std::optional<std::string>& command) {
  const ArgumentParser* inner = command_of(parser, command);
  const ArgumentParser& shown = inner == nullptr ? parser : *inner;
  std::string text = argparse_usage(parser, command);
  if (!shown.description.empty()) {
    text += fmt::format("\n{}\n", wrapped_text(shown.description, 0, 0));
  }
  if (!shown.commands.empty()) {
    const bool has_title = !shown.commands_title.empty();
    text += fmt::format("\n{}:\n", has_title ? shown.commands_title : "positional arguments");
    text += help_row(commands_text(shown), "");
    for (const ArgumentParser& each : shown.commands) {
      text += help_row("  " + each.program, each.help.empty() ? each.description : each.help);
    }
  }
  text += "\noptional arguments:\n" + help_row("-h, --help", "show this help message and exit");
  for (const Argument& argument : shown.arguments) {
    if (!stands_apart(shown, argument)) text += help_row(argument);
  }
  for (std::size_t i = 0; i < shown.groups.size(); ++i) text += group_help(shown, i);
  return text;
}

}  // namespace kreel::kafka_tools
