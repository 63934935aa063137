#include "cli/completion.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/help.hpp"
#include "cli/profile.hpp"
#include "cli/registry.hpp"
#include "cli/schema.hpp"

namespace kreel::cli {
namespace {

// "-1" is a number, "-" is stdin.
bool is_option_word(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && !parse_int64(word);
}

class Completer {
 public:
  Completer(const std::vector<std::string>& words, const std::string& current,
            const Environment& environment)
      : words_(words), current_(current), environment_(environment) {
    for (const GlobalOption& global : global_options()) globals_.push_back(global.option);
  }

  Completion result() {
    find();
    return std::move(result_);
  }

 private:
  void find();
  void in_command(const Command& command);
  void after_help();
  void commands();
  void verbs(std::string_view noun);
  bool next_plain_word(std::string& word, const std::vector<Option>& options);
  void note_value(const Option& option, const std::string& text);
  void option_names(const Command& command, const std::vector<Option>& options);
  void value(const Option& option, std::size_t fixed);
  void add(std::string text, std::string about = {}) {
    const std::string_view typed = std::string_view(current_).substr(result_.fixed);
    if (text.starts_with(typed)) result_.candidates.push_back({std::move(text), std::move(about)});
  }
  static const Option* named(const std::vector<Option>& options, std::string_view name);

  const std::vector<std::string>& words_;
  const std::string& current_;
  const Environment& environment_;
  std::vector<Option> globals_;
  std::size_t next_ = 0;
  const Option* pending_ = nullptr;  // wants the current word as its value
  std::string command_;
  std::set<std::string> used_;  // main names
  Completion result_;
};

const Option* Completer::named(const std::vector<Option>& options, std::string_view name) {
  for (const Option& option : options) {
    if (std::ranges::find(option.names, name) != option.names.end() ||
        std::ranges::find(option.aliases, name) != option.aliases.end()) {
      return &option;
    }
  }
  return nullptr;
}

// The flags that say which cluster is meant; a shell's variable says nothing here.
void Completer::note_value(const Option& option, const std::string& text) {
  if (named(globals_, option.main_name()) == nullptr) return;
  if (text.find_first_of("$`") != std::string::npos) return;
  (void)option.assign(&result_.globals, {text}, TimeContext{});
}

// Reads options up to the next word that is none. False at the end, or where a value is missing.
bool Completer::next_plain_word(std::string& word, const std::vector<Option>& options) {
  while (next_ < words_.size()) {
    word = words_[next_++];
    if (word == "--" || !is_option_word(word)) return true;
    const bool is_long = word[1] == '-';
    const auto equals = word.find('=');
    const Option* option = named(options, is_long ? word.substr(0, equals) : word.substr(0, 2));
    if (option == nullptr) continue;
    used_.insert(option->main_name());
    if (option->type == Option::Type::kFlag) note_value(*option, "true");
    const bool takes_word = option->type == Option::Type::kValue || option->is_argument();
    if (!takes_word) continue;
    const bool attached = is_long ? equals != std::string::npos : word.size() > 2;
    if (attached) {
      note_value(*option, word.substr(is_long ? equals + 1 : 2));
    } else if (next_ < words_.size()) {
      note_value(*option, words_[next_++]);
    } else {
      pending_ = option;
    }
  }
  return false;
}

void Completer::commands() {
  std::set<std::string_view> seen;
  for (const CommandEntry& entry : all_commands()) {
    if (!seen.insert(entry.noun).second) continue;
    add(std::string(entry.noun), entry.verb.empty()
                                     ? std::string(entry.make().summary)
                                     : fmt::format("{}", fmt::join(verbs_of(entry.noun), ", ")));
  }
  add("help", "Explain a command");
}

void Completer::verbs(std::string_view noun) {
  for (const CommandEntry& entry : all_commands()) {
    if (entry.noun == noun) add(std::string(entry.verb), entry.make().summary);
  }
}

void Completer::after_help() {
  std::vector<std::string> rest(words_.begin() + static_cast<std::ptrdiff_t>(next_), words_.end());
  std::erase_if(rest, [](const std::string& word) { return word.starts_with('-'); });
  if (current_.starts_with('-')) {
    add("--json", "For programs");
    add("--schema", "Of what -o json prints");
  } else if (next_ < words_.size() && words_[next_] == "--schema") {
    for (const OutputKind& kind : output_kinds()) add(std::string(kind.kind));
  } else if (rest.empty()) {
    commands();
  } else if (const auto noun = find_noun(rest[0]); noun && rest.size() == 1) {
    verbs(*noun);
  }
}

void Completer::find() {
  std::string word;
  if (!next_plain_word(word, globals_)) {
    if (pending_ != nullptr) return value(*pending_, 0);
    if (!current_.starts_with('-')) return commands();
    for (const char* name : {"--help", "--version"}) add(name);
    return;
  }
  if (word == "help") return after_help();
  const auto noun = find_noun(word);
  if (!noun) return;
  const CommandEntry* alone = find_command(*noun, "");
  if (alone != nullptr) return in_command(alone->make());
  if (!next_plain_word(word, globals_)) {
    if (pending_ != nullptr) return value(*pending_, 0);
    return verbs(*noun);
  }
  if (const CommandEntry* entry = find_command(*noun, word)) in_command(entry->make());
}

void Completer::in_command(const Command& command) {
  command_ = command.name;
  const std::vector<Option> shared = shared_options(command);
  std::vector<Option> options = command.options;
  options.insert(options.end(), shared.begin(), shared.end());
  std::size_t arguments = 0;
  std::string word;
  bool only_arguments = false;
  while (only_arguments ? next_ < words_.size() : next_plain_word(word, options)) {
    if (only_arguments) {
      ++next_;
    } else if (word == "--") {
      only_arguments = true;
      continue;
    }
    ++arguments;
  }
  if (pending_ != nullptr) return value(*pending_, 0);
  const bool has_trailing = std::ranges::any_of(
      command.options, [](const Option& option) { return option.type == Option::Type::kTrailing; });
  if (only_arguments && has_trailing) {
    result_.kind = Completion::Kind::kFiles;
    return;
  }
  if (!only_arguments && is_option_word(current_ + "x")) {
    const auto equals = current_.find('=');
    if (equals == std::string::npos) return option_names(command, options);
    const Option* option = named(options, current_.substr(0, equals));
    const bool takes_value = option != nullptr && option->type != Option::Type::kFlag;
    if (takes_value && current_.starts_with("--")) value(*option, equals + 1);
    return;
  }
  std::size_t at = 0;
  for (const Option& option : command.options) {
    if (option.type != Option::Type::kArgument) continue;
    if (at++ == arguments || option.repeatable) return value(option, 0);
  }
}

void Completer::option_names(const Command& command, const std::vector<Option>& options) {
  const auto is_excluded = [&](const Option& option) {
    return std::ranges::any_of(command.exclusive, [&](const auto& group) {
      return std::ranges::find(group, option.main_name()) != group.end() &&
             std::ranges::any_of(group,
                                 [&](const std::string& name) { return used_.contains(name); });
    });
  };
  for (const Option& option : options) {
    if (option.is_argument()) continue;
    if (used_.contains(option.main_name()) && !option.repeatable) continue;
    if (is_excluded(option)) continue;
    // A short name where nothing longer says the same.
    for (const std::string& name : option.names) {
      if (name == option.main_name() || name == current_) add(name, option.help);
    }
  }
}

void Completer::value(const Option& option, std::size_t fixed) {
  result_.fixed = fixed;
  if (option.value_name.find(',') != std::string::npos) {
    const auto comma = current_.rfind(',');
    if (comma != std::string::npos && comma >= fixed) result_.fixed = comma + 1;
  }
  const std::string typed = current_.substr(result_.fixed);
  if (option.main_name() == "--property") {
    result_.goes_on = true;
    for (const std::string& name : property_names()) add(name + "=");
    return;
  }
  if (option.main_name() == "--columns") {
    for (std::string& name : columns_of_command(command_)) add(std::move(name));
    return;
  }
  switch (option.kind) {
    case ValueKind::kChoice:
      for (const std::string& choice : option.choices) add(choice);
      break;
    case ValueKind::kTopic:
    case ValueKind::kGroup:
      result_.live = option.kind;
      break;
    case ValueKind::kProfile:
      if (const auto sections = load_config(environment_)) {
        for (const IniSection& section : *sections) {
          if (const auto name = profile_name(section)) add(*name);
        }
      }
      break;
    case ValueKind::kFile:
      result_.kind = Completion::Kind::kFiles;
      break;
    case ValueKind::kDirectory:
      result_.kind = Completion::Kind::kDirectories;
      break;
    case ValueKind::kPosition:
      add("start", "The oldest record");
      add("end", "Behind the newest record");
      add("committed", "Where the group stands");
      add("@-1h", "An hour ago");
      add("@now", "Now");
      break;
    default:
      // -o has its choices and is text otherwise.
      for (const std::string& choice : option.choices) add(choice);
  }
}

}  // namespace

Completion complete(const std::vector<std::string>& words, const std::string& current,
                    const Environment& environment) {
  return Completer(words, current, environment).result();
}

}  // namespace kreel::cli
