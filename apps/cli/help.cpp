#include "cli/help.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/globals.hpp"
#include "cli/registry.hpp"

namespace kreel::cli {
namespace {

constexpr std::size_t kHelpColumn = 30;

// "-p, --partitions N"
std::string option_head(const Option& option) {
  const bool short_first = option.names[0].size() == 2 && option.names[0][0] == '-';
  std::string head = short_first || option.is_argument() ? "" : "    ";
  head += fmt::format("{}", fmt::join(option.names, ", "));
  if (option.type == Option::Type::kValue) head += " " + option.value_name;
  if (option.type == Option::Type::kOptionalValue) head += "[=" + option.value_name + "]";
  return head;
}

std::string unit_text(ValueKind kind) {
  switch (kind) {
    case ValueKind::kDuration:
      return "such as 500ms, 30s, 1h30m";
    case ValueKind::kSize:
      return "bytes, or 64k, 10MiB, 1GB";
    case ValueKind::kTime:
      return "2026-11-20T08:00:00Z, a date, an epoch, now or -2h";
    default:
      return {};
  }
}

}  // namespace

std::string option_text(const Option& option, bool in_full) {
  std::string text = option.help;
  if (!option.choices.empty()) {
    text += fmt::format(": {}", fmt::join(option.choices, ", "));
  }
  if (!in_full) return text;
  if (option.repeatable && !option.is_argument()) text += "; may be repeated";
  if (const std::string unit = unit_text(option.kind); !unit.empty()) text += " (" + unit + ")";
  if (!option.default_text.empty()) text += fmt::format(" [default: {}]", option.default_text);
  if (option.min) text += fmt::format(" [{}..{}]", *option.min, *option.max);
  if (!option.since.empty()) text += fmt::format(" [since {}]", option.since);
  return text;
}

namespace {

std::string option_lines(const Option& option, bool in_full) {
  std::string head = "  " + option_head(option);
  if (head.size() + 2 > kHelpColumn) {
    head += "\n" + std::string(kHelpColumn, ' ');
  } else {
    head.resize(kHelpColumn, ' ');
  }
  return head + wrap(option_text(option, in_full), kHelpColumn, kHelpColumn) + "\n";
}

std::string option_sections(const Command& command, bool in_full) {
  std::string arguments;
  std::string options;
  for (const Option& option : command.options) {
    // An argument whose name says it all stands in the usage line alone.
    if (option.help.empty()) continue;
    (option.is_argument() ? arguments : options) += option_lines(option, in_full);
  }
  std::string text;
  if (!arguments.empty()) text += "\nArguments:\n" + arguments;
  if (!options.empty()) text += "\nOptions:\n" + options;
  text += "\nShared options:\n";
  for (const Option& option : shared_options(command)) text += option_lines(option, in_full);
  return text;
}

std::string command_line(const Command& command) {
  std::string head = "  " + command.name;
  head.resize(std::max<std::size_t>(head.size() + 2, 22), ' ');
  return head + wrap(command.summary, head.size(), head.size()) + "\n";
}

}  // namespace

std::vector<ExitCode> all_exits(const Command& command) {
  std::vector<ExitCode> exits = {ExitCode::kDone, ExitCode::kFailed, ExitCode::kUsage};
  exits.insert(exits.end(), command.exits.begin(), command.exits.end());
  return exits;
}

std::vector<Option> shared_options(const Command& command) {
  std::vector<Option> result;
  for (GlobalOption& global : global_options()) {
    if (global.uses != 0 && (command.uses & global.uses) == 0) continue;
    if (global.option.main_name() == "--output") {
      global.option.choices = formats_of(command);
      global.option.default_text = global.option.choices[0];
    }
    result.push_back(std::move(global.option));
  }
  Option help;
  help.names = {"-h", "--help"};
  help.help = "Help, in short or in full";
  result.push_back(std::move(help));
  return result;
}

std::string wrap(std::string_view text, std::size_t first_column, std::size_t indent,
                 std::size_t width) {
  std::string out;
  std::size_t column = first_column;
  bool line_start = true;
  for (const std::string_view line : split(text, '\n')) {
    if (line.data() != text.data()) {
      out += '\n';
      column = 0;
      line_start = true;
    }
    for (const std::string_view word : split(line, ' ')) {
      if (word.empty()) continue;
      if (!line_start && column + 1 + word.size() > width) {
        out += '\n';
        column = 0;
        line_start = true;
      }
      if (line_start && column < indent) {
        out += std::string(indent - column, ' ');
        column = indent;
      } else if (!line_start) {
        out += ' ';
        ++column;
      }
      out += word;
      column += word.size();
      line_start = false;
    }
  }
  return out;
}

std::string usage_line(const Command& command) {
  std::string line = "kreel " + command.name + " [OPTIONS]";
  for (const Option& option : command.options) {
    if (option.type == Option::Type::kArgument) {
      const std::string name = option.names[0] + (option.repeatable ? "..." : "");
      line += option.required ? " " + name : " [" + name + "]";
    } else if (option.type == Option::Type::kTrailing) {
      line += " [-- " + option.names[0] + "...]";
    }
  }
  return line;
}

std::string short_help(const Command& command) {
  return fmt::format("{}\n\nUsage: {}\n{}", wrap(command.summary, 0, 0), usage_line(command),
                     option_sections(command, false));
}

std::string long_help(const Command& command) {
  std::string text =
      fmt::format("{}\n\nUsage: {}\n", wrap(command.summary, 0, 0), usage_line(command));
  if (!command.details.empty()) text += "\n" + wrap(command.details, 0, 0) + "\n";
  text += option_sections(command, true);
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const Example& example : command.examples) {
    text += fmt::format("  {}\n      {}\n", example.command, wrap(example.what, 6, 6));
  }
  text += "\nExit codes:\n";
  for (const ExitCode code : all_exits(command)) {
    const ExitCodeInfo& info = exit_code_info(code);
    text += fmt::format("  {:<4}{}\n", static_cast<int>(code), info.meaning);
  }
  if (!command.see_also.empty()) {
    text += fmt::format("\nSee also: kreel {}\n", fmt::join(command.see_also, ", kreel "));
  }
  return text + fmt::format("\nSince kreel {}.\n", command.since);
}

std::string overview() {
  std::string text =
      "kreel: Kafka in one program: a broker, and the commands for every Kafka.\n\n"
      "Usage: kreel COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n";
  for (const CommandEntry& entry : all_commands()) text += command_line(entry.make());
  return text +
         "\nkreel help COMMAND explains one command; kreel COMMAND -h is shorter.\n"
         "kreel help --json describes all of them for programs, kreel help --schema KIND\n"
         "what -o json prints.\n";
}

std::string noun_help(std::string_view noun) {
  std::string text =
      fmt::format("Usage: kreel {} ACTION [OPTIONS] [ARGUMENTS]\n\nActions:\n", noun);
  for (const CommandEntry& entry : all_commands()) {
    if (entry.noun == noun) text += command_line(entry.make());
  }
  return text + fmt::format("\nkreel help {} ACTION explains one of them.\n", noun);
}

}  // namespace kreel::cli
