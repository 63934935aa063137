#include "kafka/completion.hpp"

#include <algorithm>
#include <array>

#include <kreel/text.hpp>

#include "kafka/tool.hpp"

namespace kreel::kafka_tools {
namespace {

using cli::Completion;
using cli::ValueKind;

constexpr std::string_view kToolPrefix = "kafka-";
constexpr auto kTopicOptions = std::to_array<std::string_view>(
    {"topic", "topics", "topic-list", "input-topics", "intermediate-topics", "internal-topics"});
constexpr auto kGroupOptions =
    std::to_array<std::string_view>({"group", "group-id", "application-id"});
constexpr auto kServerOptions =
    std::to_array<std::string_view>({"bootstrap-server", "bootstrap-servers", "broker-list"});

// An option of either grammar.
struct ToolOption {
  std::string name;  // "topic"
  std::string about;
  bool takes_value = false;
  bool may_take_none = false;
  bool takes_many = false;
  std::vector<std::string> choices = {};
};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

ToolOption option_of(const Flag& flag) {
  return {flag.name, flag.help, flag.takes != Takes::kNothing, flag.takes == Takes::kMaybeValue,
          false,     {}};
}

ToolOption option_of(const Argument& argument) {
  using Kind = Argument::Takes;
  return {argument.name.substr(argument.name.find_first_not_of('-')),
          argument.help,
          argument.takes != Kind::kNothing,
          argument.takes == Kind::kMaybeOne,
          argument.takes == Kind::kSome,
          argument.choices};
}

class ToolCompleter {
 public:
  ToolCompleter(const Tool& tool, std::span<const std::string> words, const std::string& current)
      : words_(words), current_(current) {
    for (const Flag& flag : tool.flags) options_.push_back(option_of(flag));
    if (tool.arguments) enter(*tool.arguments);
  }

  Completion result() {
    for (const std::string& word : words_) {
      const bool is_end = word == "--" && (pending_ == nullptr || pending_->may_take_none);
      // Nothing behind it is an option, and no tool reads it.
      if (is_end) return {};
      read(word);
    }
    const bool begins_option = current_.starts_with('-');
    const bool wants_value =
        pending_ != nullptr && !(begins_option && (pending_->may_take_none || has_value_));
    const auto equals = current_.find('=');
    if (wants_value) {
      value(*pending_, 0);
    } else if (begins_option && equals != std::string::npos) {
      const ToolOption* option = find(current_);
      if (option != nullptr && option->takes_value) value(*option, equals + 1);
    } else {
      names();
    }
    return std::move(result_);
  }

 private:
  void enter(const ArgumentParser& parser) {
    commands_ = parser.commands;
    for (const Argument& argument : parser.arguments) options_.push_back(option_of(argument));
  }

  const ToolOption* find(std::string_view word) const {
    word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
    const auto at = std::ranges::find(options_, word.substr(0, word.find('=')), &ToolOption::name);
    return at == options_.end() ? nullptr : &*at;
  }

  void read(const std::string& word) {
    const bool is_option = word.starts_with('-') && word.size() > 1;
    const bool is_value =
        pending_ != nullptr && !(is_option && (pending_->may_take_none || has_value_));
    if (is_value) {
      note_value(*pending_, word);
      has_value_ = true;
      if (!pending_->takes_many) pending_ = nullptr;
      return;
    }
    pending_ = nullptr;
    has_value_ = false;
    if (!is_option) return enter_command(word);
    const ToolOption* option = find(word);
    if (option == nullptr || !option->takes_value) return;
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      pending_ = option;
    } else {
      note_value(*option, word.substr(equals + 1));
    }
  }

  void enter_command(const std::string& word) {
    const auto at = std::ranges::find(commands_, word, &ArgumentParser::program);
    if (at == commands_.end()) return;
    const ArgumentParser command = *at;
    options_.clear();
    enter(command);
  }

  void note_value(const ToolOption& option, const std::string& text) {
    if (!is_one_of(kServerOptions, option.name)) return;
    // A shell's variable says nothing here.
    if (text.find_first_of("$`") == std::string::npos) result_.globals.brokers = text;
  }

  void add(std::string text, std::string about) {
    if (text.starts_with(current_))
      result_.candidates.push_back({std::move(text), std::move(about)});
  }

  void names() {
    for (const ArgumentParser& command : commands_) add(command.program, command.help);
    // One dash is enough for Java's tools.
    const bool has_one_dash = current_.size() > 1 && current_[0] == '-' && current_[1] != '-';
    for (const ToolOption& option : options_) {
      add(fmt::format("{}{}", has_one_dash ? "-" : "--", option.name), option.about);
    }
  }

  void value(const ToolOption& option, std::size_t fixed) {
    result_.fixed = fixed;
    const bool is_file = option.name == "command-config" || option.name == "files" ||
                         option.name.ends_with(".config") || option.name.ends_with("-file");
    if (is_file) {
      result_.kind = Completion::Kind::kFiles;
      return;
    }
    for (const std::string& choice : option.choices) {
      if (choice.starts_with(current_.substr(fixed))) result_.candidates.push_back({choice, {}});
    }
    // Nobody is asked but who was named.
    if (!result_.globals.brokers) return;
    if (is_one_of(kGroupOptions, option.name)) result_.live = ValueKind::kGroup;
    if (!is_one_of(kTopicOptions, option.name)) return;
    result_.live = ValueKind::kTopic;
    const auto comma = current_.rfind(',');
    if (comma != std::string::npos && comma >= fixed) result_.fixed = comma + 1;
  }

  std::span<const std::string> words_;
  const std::string& current_;
  std::vector<ToolOption> options_;
  std::vector<ArgumentParser> commands_;
  const ToolOption* pending_ = nullptr;  // wants a word as its value
  bool has_value_ = false;               // of `pending_`, one at least
  Completion result_;
};

}  // namespace

Completion complete(const std::vector<std::string>& words, const std::string& current,
                    const cli::Environment& environment) {
  if (words.empty() || kafka_name(words[0]).empty()) {
    Completion found = cli::complete(words, current, environment);
    const bool begins_tool =
        !current.empty() && (kToolPrefix.starts_with(current) || current.starts_with(kToolPrefix));
    if (!words.empty() || !begins_tool) return found;
    for (const std::string& name : tool_names()) {
      if (name.starts_with(current)) found.candidates.push_back({name, {}});
    }
    return found;
  }
  std::span<const std::string> rest = std::span(words).subspan(1);
  std::string_view called = kafka_name(words[0]);
  if (called == kRunClass) {
    if (rest.empty()) {
      Completion found;
      for (const std::string& name : tool_classes()) {
        if (name.starts_with(current)) found.candidates.push_back({name, {}});
      }
      return found;
    }
    called = rest.front();
    rest = rest.subspan(1);
  }
  const ToolEntry* entry = find_tool(called);
  return entry == nullptr ? Completion() : ToolCompleter(entry->make(), rest, current).result();
}

}  // namespace kreel::kafka_tools
