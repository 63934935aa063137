#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "kafka/argparse_table.hpp"

namespace kreel::kafka_tools {
namespace {

using ParseResult = tl::expected<void, std::string>;

tl::unexpected<std::string> refused(std::string text) {
  return tl::unexpected(std::move(text));
}

std::string textual_name(const Argument& argument) {
  if (argument.alias.empty()) return argument.name;
  return fmt::format("{}/{}", argument.name, argument.alias);
}

tl::unexpected<std::string> refused(const Argument& argument, std::string_view why) {
  return refused(fmt::format("argument {}: {}", textual_name(argument), why));
}

std::string option_name(const Argument& argument) {
  return argument.name.substr(argument.name.find_first_not_of('-'));
}

// -1 is a value.
bool is_negative_number(std::string_view word) {
  return word.size() > 1 && word[0] == '-' &&
         std::ranges::all_of(word.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_java_double(const std::string& text) {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty()) return false;
  const std::string number(trimmed);
  char* end = nullptr;
  std::strtod(number.c_str(), &end);
  const std::string_view rest(end);
  return end != number.c_str() && (rest.empty() || rest == "d" || rest == "f");
}

ParseResult check_value(const Argument& argument, const std::string& text) {
  const std::string_view digits = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
  std::string_view type;
  if (argument.type == JavaType::kInteger && !parse_int32(digits)) type = "Integer";
  if (argument.type == JavaType::kLong && !parse_int64(digits)) type = "Long";
  if (argument.type == JavaType::kDouble && !is_java_double(text)) type = "Double";
  if (!type.empty()) {
    const bool is_empty_double = argument.type == JavaType::kDouble && trim(text).empty();
    const std::string why =
        is_empty_double ? "empty String" : fmt::format("For input string: \"{}\"", text);
    return refused(argument, fmt::format("could not convert '{}' to {} ({})", text, type, why));
  }
  if (!argument.choices.empty() &&
      std::ranges::find(argument.choices, text) == argument.choices.end()) {
    return refused(argument, fmt::format("invalid choice: '{}' (choose from {{{}}})", text,
                                         join(argument.choices, ",")));
  }
  return {};
}

// One parser's walk over the words; a command's walk goes on where that of its tool ended.
class ArgparseWalk {
 public:
  ArgparseWalk(const ArgumentParser& root, std::span<const std::string> words)
      : root_(root), words_(words) {}

  ParsedArguments run() {
    if (const auto read = walk(root_); !read) {
      result_.error = read.error();
    } else if (!is_answered() && deferred_) {
      result_.error = deferred_;
      if (deferred_by_tool_) result_.command.reset();
    }
    return std::move(result_);
  }

 private:
  bool is_answered() const { return result_.asks_for_help || result_.asks_for_version; }
  bool has_word() const { return at_ < words_.size(); }
  bool at_option() const {
    const std::string_view word = words_[at_];
    if (past_separator_) return false;
    if (word == "--") return true;
    return word.starts_with('-') && word.find_first_not_of('-') != std::string_view::npos &&
           !is_negative_number(word);
  }

  ParseResult walk(const ArgumentParser& parser) {
    used_.clear();
    while (has_word() && !is_answered()) {
      if (!past_separator_ && words_[at_] == "--") {
        past_separator_ = true;
        ++at_;
      } else if (at_option()) {
        TRY(option(parser));
      } else if (!past_separator_ && !parser.commands.empty()) {
        return command(parser);
      } else {
        const std::vector<std::string> rest(words_.begin() + static_cast<std::ptrdiff_t>(at_),
                                            words_.end());
        return refused(fmt::format("unrecognized arguments: '{}'", join(rest, " ")));
      }
    }
    if (is_answered()) return {};
    if (!parser.commands.empty()) return refused("too few arguments");
    note_missing(parser);
    return {};
  }

  ParseResult command(const ArgumentParser& parser) {
    note_missing(parser);
    deferred_by_tool_ = deferred_.has_value();
    const std::string& word = words_[at_];
    std::vector<const ArgumentParser*> found;
    std::vector<std::string> names;
    for (const ArgumentParser& each : parser.commands) {
      if (each.program == word) {
        found = {&each};
        names = {word};
        break;
      }
      if (!word.empty() && each.program.starts_with(word)) {
        found.push_back(&each);
        names.push_back(each.program);
      }
    }
    if (found.empty()) {
      std::vector<std::string> all;
      for (const ArgumentParser& each : parser.commands) all.push_back("'" + each.program + "'");
      return refused(fmt::format("invalid choice: '{}' (choose from {})", word, join(all, ", ")));
    }
    if (found.size() > 1) {
      std::ranges::sort(names);
      return refused(fmt::format("ambiguous command: {} could match {}", word, join(names, ", ")));
    }
    ++at_;
    result_.command = names.front();
    result_.options.add("command", names.front());
    return walk(*found.front());
  }

  // Where `name` is an option, or the beginning of one alone; null for help.
  tl::expected<const Argument*, std::string> find(const ArgumentParser& parser,
                                                  std::string_view name) const {
    std::vector<std::string> names;
    const Argument* found = nullptr;
    for (const Argument& argument : parser.arguments) {
      if (argument.name == name || argument.alias == name || argument.old_name == name) {
        return &argument;
      }
      if (!argument.name.starts_with(name)) continue;
      names.push_back(argument.name);
      found = &argument;
    }
    constexpr std::string_view kHelp = "--help";
    if (name == kHelp || name == "-h") return nullptr;
    if (kHelp.starts_with(name)) names.emplace_back(kHelp);
    if (names.empty()) {
      return refused(fmt::format("unrecognized arguments: '{}'", words_[at_]));
    }
    if (names.size() == 1) return found;
    std::ranges::sort(names);
    return refused(fmt::format("ambiguous option: {} could match {}", name, join(names, ", ")));
  }

  ParseResult option(const ArgumentParser& parser) {
    const std::string_view word = words_[at_];
    const auto equals = word.find('=');
    TRY_ASSIGN(const Argument* argument, find(parser, word.substr(0, equals)));
    if (argument == nullptr) {
      result_.asks_for_help = true;
      return {};
    }
    ++at_;
    if (argument->shows_version) {
      result_.asks_for_version = true;
      return {};
    }
    TRY(check_group(*argument));
    used_.push_back(argument);
    std::vector<std::string> values;
    if (equals != std::string_view::npos) {
      values.emplace_back(word.substr(equals + 1));
      if (argument->takes == Argument::Takes::kNothing) {
        return refused(*argument, fmt::format("ignore implicit argument '{}'", values.front()));
      }
    } else {
      TRY(take_values(*argument, values));
    }
    for (const std::string& value : values) TRY(check_value(*argument, value));
    const std::string name = option_name(*argument);
    if (!argument->repeats) result_.options.remove(name);
    result_.options.add(name);
    for (std::string& value : values) result_.options.add(name, std::move(value));
    return {};
  }

  ParseResult take_values(const Argument& argument, std::vector<std::string>& values) {
    using Takes = Argument::Takes;
    if (argument.takes == Takes::kNothing) return {};
    const bool takes_many = argument.takes == Takes::kSome;
    while (has_word() && !at_option() && (takes_many || values.empty())) {
      values.push_back(words_[at_++]);
    }
    if (!values.empty() || argument.takes == Takes::kMaybeOne) return {};
    return refused(argument, takes_many ? "expected 1 argument(s)" : "expected one argument");
  }

  ParseResult check_group(const Argument& argument) const {
    if (!argument.group) return {};
    for (const Argument* other : used_) {
      if (other != &argument && other->group == argument.group) {
        return refused(argument, fmt::format("not allowed with argument {}", textual_name(*other)));
      }
    }
    return {};
  }

  // Told when all words are read; of several options the last one.
  void note_missing(const ArgumentParser& parser) {
    if (deferred_) return;
    const auto is_used = [&](const auto& fits) { return std::ranges::any_of(used_, fits); };
    for (const Argument& argument : parser.arguments) {
      if (argument.required && !is_used([&](const Argument* used) { return used == &argument; })) {
        deferred_ = fmt::format("argument {} is required", textual_name(argument));
      }
    }
    if (deferred_) return;
    for (std::size_t i = 0; i < parser.groups.size(); ++i) {
      if (!parser.groups[i].required ||
          is_used([&](const Argument* used) { return used->group == i; })) {
        continue;
      }
      std::string names;
      for (const Argument& argument : parser.arguments) {
        if (argument.group == i) names += textual_name(argument) + " ";
      }
      deferred_ = fmt::format("one of the arguments {}is required", names);
    }
  }

  const ArgumentParser& root_;
  std::span<const std::string> words_;
  std::size_t at_ = 0;
  bool past_separator_ = false;
  std::vector<const Argument*> used_;  // of the parser that reads now
  std::optional<std::string> deferred_;
  bool deferred_by_tool_ = false;  // whose usage is shown then, and not that of its command
  ParsedArguments result_;
};

}  // namespace

ParsedArguments parse_arguments(const ArgumentParser& parser, std::span<const std::string> words) {
  return ArgparseWalk(parser, words).run();
}

}  // namespace kreel::kafka_tools
