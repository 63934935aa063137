#include "cli/man_page.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/globals.hpp"
#include "cli/help.hpp"
#include "cli/registry.hpp"

namespace kreel::cli {
namespace {

// Of what the pages describe; they are the same whenever they are made.
constexpr std::string_view kManDate = "November 21, 2026";

// What a terminal shows of it is what can be pasted: no typographer's quotes and dashes.
std::string literal_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '"':
        out += "\\(dq";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// One word of prose. A line that begins with a dot or a quote would be a request.
std::string prose_word(std::string_view word) {
  const std::size_t first = word.find_first_not_of("([");
  const bool is_flag = first != std::string_view::npos && word[first] == '-' && word.size() > 1;
  const bool is_code = word.find_first_of("\\'\"~^`=$") != std::string_view::npos;
  std::string out = is_flag || is_code ? literal_text(word) : std::string(word);
  if (word.front() == '.' || out.front() == '.') out.insert(0, "\\&");
  return out;
}

// Prose in lines: each sentence begins one, as mdoc wants it.
std::string man_prose(std::string_view text) {
  std::string out;
  std::string sentence;
  const auto end_sentence = [&] {
    if (!sentence.empty()) out += wrap(sentence, 0, 0) + "\n";
    sentence.clear();
  };
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) {
      end_sentence();
      if (!out.ends_with(".Pp\n")) out += ".Pp\n";
      continue;
    }
    for (const std::string_view word : split(line, ' ')) {
      if (word.empty()) continue;
      sentence += (sentence.empty() ? "" : " ") + prose_word(word);
      const auto last = word.find_last_not_of(")\"");
      if (last != std::string_view::npos && std::string_view(".?!").find(word[last]) != word.npos) {
        end_sentence();
      }
    }
  }
  end_sentence();
  return out;
}

std::string man_header(std::string_view name, std::string_view summary) {
  std::string title(name);
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string purpose(summary);
  purpose.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(purpose.front())));
  return fmt::format(
      ".\\\" Made by kreel man from the table of options.\n.Dd {}\n.Dt {} 1\n.Os\n"
      ".Sh NAME\n.Nm {}\n.Nd {}\n",
      kManDate, title, name, purpose);
}

std::string item_head(const Option& option) {
  if (option.is_argument()) return ".It Ar " + option.names[0] + "\n";
  std::string head = ".It";
  for (const std::string& name : option.names) {
    if (&name != &option.names.front()) head += " ,";
    head += " Fl " + literal_text(std::string_view(name).substr(1));
  }
  if (option.type == Option::Type::kValue) head += " Ar " + option.value_name;
  if (option.type == Option::Type::kOptionalValue) head += " Ns Op = Ns Ar " + option.value_name;
  return head + "\n";
}

std::string option_list(std::string_view lead, const std::vector<Option>& options) {
  std::string items;
  for (const Option& option : options) {
    const std::string text = option_text(option, true);
    if (text.empty()) continue;
    items += item_head(option) + man_prose(text + ".");
  }
  if (items.empty()) return {};
  return fmt::format(".Pp\n{}:\n.Bl -tag -width Ds\n{}.El\n", lead, items);
}

std::string synopsis(const Command& command) {
  std::string text = fmt::format(".Sh SYNOPSIS\n.Nm \"kreel {}\"\n.Op Ar options\n", command.name);
  for (const Option& option : command.options) {
    if (option.type == Option::Type::kTrailing) {
      text += fmt::format(".Op Fl \\- Ar {} ...\n", option.names[0]);
    } else if (option.type == Option::Type::kArgument) {
      text += fmt::format(".{}Ar {}{}\n", option.required ? "" : "Op ", option.names[0],
                          option.repeatable ? " ..." : "");
    }
  }
  return text;
}

std::string exit_status(const std::vector<ExitCode>& codes) {
  std::string text = ".Sh EXIT STATUS\n.Bl -tag -width 130 -compact\n";
  for (const ExitCode code : codes) {
    text += fmt::format(".It {}\n{}\n", static_cast<int>(code), exit_code_info(code).meaning);
  }
  return text + ".El\n";
}

std::string references(std::vector<std::string> pages) {
  std::ranges::sort(pages);
  std::string text = ".Sh SEE ALSO\n.Xr kreel 1";
  for (const std::string& page : pages) text += fmt::format(" ,\n.Xr {} 1", man_name(page));
  return text + " ,\n.Xr kreel 7\n";
}

// The commands of `noun`; of every noun when it is empty.
std::string command_list(std::string_view noun) {
  std::string text = ".Bl -tag -width Ds\n";
  for (const CommandEntry& entry : all_commands()) {
    if (!noun.empty() && entry.noun != noun) continue;
    const Command command = entry.make();
    text += fmt::format(".It Xr {} 1\n{}", man_name(command.name),
                        man_prose(std::string(command.summary) + "."));
  }
  return text + ".El\n";
}

}  // namespace

std::string man_name(std::string_view command) {
  std::string name = "kreel-" + std::string(command);
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string man_of_command(const Command& command) {
  std::string text =
      man_header(man_name(command.name), command.summary) + synopsis(command) + ".Sh DESCRIPTION\n";
  text += man_prose(command.details.empty() ? command.summary + "." : command.details);
  std::vector<Option> arguments;
  std::vector<Option> options;
  for (const Option& option : command.options) {
    (option.is_argument() ? arguments : options).push_back(option);
  }
  text += option_list("Arguments", arguments) + option_list("Options", options) +
          option_list("Options that commands share", shared_options(command));
  for (const auto& group : command.exclusive) {
    std::string names;
    for (const std::string& name : group) {
      names += fmt::format("{}.Fl {}", names.empty() ? "" : " ,\n",
                           literal_text(std::string_view(name).substr(1)));
    }
    text += ".Pp\nAt most one may be given of\n" + names + " .\n";
  }
  text += exit_status(all_exits(command));
  if (!command.examples.empty()) text += ".Sh EXAMPLES\n";
  for (const Example& example : command.examples) {
    if (&example != &command.examples.front()) text += ".Pp\n";
    text += man_prose(example.what + ":");
    text += fmt::format(".Bd -literal -offset indent -compact\n{}\n.Ed\n",
                        literal_text(example.command));
  }
  return text + references(command.see_also) +
         fmt::format(".Sh HISTORY\nSince kreel {}.\n", command.since);
}

std::string man_of_noun(std::string_view noun) {
  return man_header(man_name(noun), fmt::format("the commands of kreel {}", noun)) +
         fmt::format(
             ".Sh SYNOPSIS\n.Nm \"kreel {}\"\n.Ar action\n.Op Ar options\n.Op Ar "
             "arguments\n.Sh DESCRIPTION\n",
             noun) +
         command_list(noun) + references({});
}

std::string man_overview() {
  std::vector<Option> shared;
  for (const GlobalOption& global : global_options()) shared.push_back(global.option);
  return man_header("kreel", "Kafka in one program") +
         ".Sh SYNOPSIS\n.Nm kreel\n.Ar command\n.Op Ar options\n.Op Ar arguments\n"
         ".Nm kreel\n.Cm help\n.Op Ar command\n.Op Fl \\-json\n"
         ".Nm kreel\n.Cm help\n.Fl \\-schema Op Ar kind\n"
         ".Nm kreel\n.Fl \\-version\n"
         ".Sh DESCRIPTION\n" +
         man_prose(
             "A broker that Kafka's clients use as they are, and the commands that one needs "
             "beside a broker, for kreel's or any other. Unless told otherwise a command asks "
             "127.0.0.1:9092. A noun may be singular: kreel topic list is kreel topics list.") +
         ".Pp\nPositions, formats, exit codes and the configuration file are described in\n"
         ".Xr kreel 7 .\n.Pp\nThe commands are:\n" +
         command_list({}) +
         option_list("Options that commands share; each takes those that mean something to it",
                     shared) +
         ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
         ".It Ev KREEL_BROKERS\nAs\n.Fl \\-brokers .\n"
         ".It Ev KREEL_PROFILE\nAs\n.Fl \\-profile .\n"
         ".It Ev KREEL_X_NAME\nAny client property: KREEL_X_CLIENT_ID is client.id.\n"
         ".It Ev NO_COLOR\nNo colour, when it is set.\n"
         ".El\n"
         ".Sh FILES\n.Bl -tag -width Ds -compact\n"
         ".It Pa \\(ti/.config/kreel/config\nProfiles and defaults, see\n.Xr kreel 7 .\n"
         ".It Pa \\(ti/.local/state/kreel/data\nWhat\n.Ic kreel serve\nkeeps.\n"
         ".It Pa \\(ti/.local/state/kreel/undo\nWhat changes of offsets have replaced.\n"
         ".El\n" +
         exit_status([] {
           std::vector<ExitCode> codes;
           for (const ExitCodeInfo& info : exit_codes()) codes.push_back(info.code);
           return codes;
         }()) +
         ".Sh EXAMPLES\n.Dl kreel serve \\-\\-ephemeral \\-\\-topics orders:6\n"
         ".Dl echo hello | kreel produce orders\n"
         ".Dl kreel consume orders \\-\\-until end\n"
         ".Sh SEE ALSO\n.Xr kreel 7\n";
}

}  // namespace kreel::cli
