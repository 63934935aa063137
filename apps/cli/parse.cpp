// The only file that includes CLI11: it splits words into options and their texts. What the texts
// mean, and every message, is our own.
#include "cli/parse.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <kreel/text.hpp>

#include "cli/help.hpp"
#include "cli/usage.hpp"

namespace kreel::cli {
namespace {

// "-1" is a number: no option here is a digit.
bool is_flag(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && !parse_int64(word);
}

// One command's options in CLI11, and what was typed for each.
class Binder {
 public:
  explicit Binder(const Command& command) : command_(command) {
    app_.set_help_flag();
    app_.set_config();
    app_.allow_extras();
    short_help_ = app_.add_flag("-h");
    long_help_ = app_.add_flag("--help");
    for (const GlobalOption& global : global_options()) {
      const bool applies = global.uses == 0 || (command.uses & global.uses) != 0;
      (applies ? globals_ : refused_).push_back(global.option);
    }
    for (const Option& option : globals_) global_bound_.push_back(add(option));
    for (const Option& option : command.options) {
      bound_.push_back(add(option));
      if (option.type == Option::Type::kArgument && !option.aliases.empty()) {
        argument_flags_.push_back(bind(option.aliases, true));
      }
    }
  }

  Result<void> split(const std::vector<std::string>& words);
  Result<void> check_extras() const;
  Result<void> fill_globals(GlobalArgs& globals) const;
  Result<void> fill(void* args, const TimeContext& context) const;
  bool wants_short_help() const { return short_help_->count() > 0; }
  bool wants_long_help() const { return long_help_->count() > 0; }

 private:
  CLI::Option* add(const Option& option);
  CLI::Option* bind(const std::vector<std::string>& names, bool has_value);
  std::vector<std::string> prepare(const std::vector<std::string>& words, std::size_t count) const;
  bool takes_value(std::string_view name) const;
  Result<void> assign(const Option& option, const std::vector<std::string>& texts, void* args,
                      const TimeContext& context) const;
  Result<void> fill_arguments(void* args, const TimeContext& context) const;
  Result<void> check_exclusive() const;
  std::string typed_name(const Option& option) const;
  std::string typed_name(std::string_view main_name) const;
  std::vector<std::string> texts_of(const Option& option, const CLI::Option& bound) const;

  const Command& command_;
  CLI::App app_;
  std::vector<Option> globals_;
  std::vector<Option> refused_;
  std::vector<CLI::Option*> global_bound_;
  std::vector<CLI::Option*> bound_;           // nullptr for arguments
  std::vector<CLI::Option*> argument_flags_;  // -t ORDERS in place of ORDERS
  CLI::Option* short_help_ = nullptr;
  CLI::Option* long_help_ = nullptr;
  std::vector<std::string> words_;  // up to "--"
  std::vector<std::string> arguments_;
  std::vector<std::string> trailing_;
};

CLI::Option* Binder::add(const Option& option) {
  if (option.type == Option::Type::kArgument || option.type == Option::Type::kTrailing) {
    return nullptr;
  }
  std::vector<std::string> names = option.names;
  names.insert(names.end(), option.aliases.begin(), option.aliases.end());
  return bind(names, option.type == Option::Type::kValue);
}

CLI::Option* Binder::bind(const std::vector<std::string>& names, bool has_value) {
  const std::string joined = fmt::format("{}", fmt::join(names, ","));
  CLI::Option* bound =
      has_value ? app_.add_option(joined, CLI::callback_t()) : app_.add_flag(joined);
  return bound->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

bool Binder::takes_value(std::string_view name) const {
  for (const auto* options : {&command_.options, &globals_}) {
    for (const Option& option : *options) {
      const bool named = std::ranges::find(option.names, name) != option.names.end() ||
                         std::ranges::find(option.aliases, name) != option.aliases.end();
      const bool is_argument = option.type == Option::Type::kArgument;
      if (named) return is_argument || option.type == Option::Type::kValue;
    }
  }
  return false;
}

// CLI11 takes the word after "--name=" for a value that is missing; here "--name=" is empty text.
// It wants the words in reverse order.
std::vector<std::string> Binder::prepare(const std::vector<std::string>& words,
                                         std::size_t count) const {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& word = words[i];
    const std::string name = word.substr(0, word.size() - (word.empty() ? 0 : 1));
    if (word.starts_with("--") && word.find('=') == word.size() - 1 && takes_value(name)) {
      result.push_back(name);
      result.emplace_back();
    } else {
      result.push_back(word);
    }
  }
  std::ranges::reverse(result);
  return result;
}

Result<void> Binder::split(const std::vector<std::string>& words) {
  const auto dashes = std::ranges::find(words, "--");
  const auto count = static_cast<std::size_t>(dashes - words.begin());
  words_.assign(words.begin(), dashes);
  try {
    app_.parse(prepare(words, count));
  } catch (const CLI::ArgumentMismatch&) {
    // An option takes the word behind it, whatever that is: only the last one can find none.
    const std::string& last = words_.back();
    const std::string name = last.starts_with("--") ? last : fmt::format("-{}", last.back());
    return usage(fmt::format("{}: a value is missing", name));
  } catch (const CLI::ParseError& error) {
    return usage(error.what());
  }
  for (const CLI::Option* flag : argument_flags_) {
    const std::vector<std::string> texts = flag->results();
    arguments_.insert(arguments_.end(), texts.begin(), texts.end());
  }
  const std::vector<std::string> others = app_.remaining();
  arguments_.insert(arguments_.end(), others.begin(), others.end());
  if (dashes == words.end()) return {};
  const bool takes_trailing = std::ranges::any_of(command_.options, [](const Option& option) {
    return option.type == Option::Type::kTrailing;
  });
  auto& rest = takes_trailing ? trailing_ : arguments_;
  // Unknown flags before the "--" are found first, so that what stands after it is never one.
  TRY(check_extras());
  rest.insert(rest.end(), dashes + 1, words.end());
  // `serve -- $UNSET` must not become a serve without a command, which never ends.
  if (takes_trailing && (trailing_.empty() || trailing_.front().empty())) {
    return usage(fmt::format("{}: no command behind --", command_.name), usage_line(command_));
  }
  return {};
}

Result<void> Binder::check_extras() const {
  for (const std::string& word : app_.remaining()) {
    if (!is_flag(word)) continue;
    const bool is_long = word[1] == '-';
    const std::string name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
    for (const Option& option : refused_) {
      if (std::ranges::find(option.names, name) != option.names.end() ||
          std::ranges::find(option.aliases, name) != option.aliases.end()) {
        return usage(fmt::format("{} means nothing to \"{}\"", name, command_.name));
      }
    }
    std::vector<std::string> known = {"--help"};
    for (const auto* options : {&command_.options, &globals_}) {
      for (const Option& option : *options) {
        if (option.main_name().starts_with("--")) known.push_back(option.main_name());
      }
    }
    const auto near = is_long ? nearest(name, known) : std::nullopt;
    return usage(fmt::format("unknown flag \"{}\"", name),
                 near ? fmt::format("did you mean \"{}\"?", *near)
                      : fmt::format("kreel {} --help lists the flags", command_.name));
  }
  return {};
}

// As it stands in the command: -n, where --records is the same.
std::string Binder::typed_name(const Option& option) const {
  for (const auto* names : {&option.names, &option.aliases}) {
    for (const std::string& name : *names) {
      const bool is_short = name.size() == 2 && name[0] == '-';
      const bool typed = std::ranges::any_of(words_, [&](const std::string& word) {
        return word == name || word.starts_with(is_short ? name : name + "=");
      });
      if (typed) return name;
    }
  }
  return option.main_name();
}

std::string Binder::typed_name(std::string_view main_name) const {
  for (const auto* options : {&command_.options, &globals_}) {
    for (const Option& option : *options) {
      if (option.main_name() == main_name) return typed_name(option);
    }
  }
  return std::string(main_name);
}

std::vector<std::string> Binder::texts_of(const Option& option, const CLI::Option& bound) const {
  std::vector<std::string> texts = bound.results();
  if (option.type == Option::Type::kOptionalValue) {
    for (std::string& text : texts) {
      if (text == "true") text = option.implied;
    }
  }
  return texts;
}

Result<void> Binder::assign(const Option& option, const std::vector<std::string>& texts, void* args,
                            const TimeContext& context) const {
  const auto checked = [&]() -> Result<void> {
    for (const std::string& text : texts) {
      if (option.type == Option::Type::kFlag && text != "true") {
        return usage("takes no value");
      }
      if (!option.choices.empty()) TRY(check_choice(text, option.choices));
      TRY(check_range(text, option));
      // Mostly a variable of a script that is not set.
      const bool names = option.kind == ValueKind::kGroup || option.kind == ValueKind::kTopic;
      if (names && text.empty()) return usage("the name is empty");
    }
    return option.assign(args, texts, context);
  }();
  if (checked) return {};
  // It quotes the value, and stands word for word in the contract of the command line.
  if (checked.error().message().starts_with("ambiguous time ")) return fail(checked.error());
  return fail(Error(checked.error()).with_context(typed_name(option)));
}

Result<void> Binder::fill_globals(GlobalArgs& globals) const {
  for (std::size_t i = 0; i < globals_.size(); ++i) {
    std::vector<std::string> texts = texts_of(globals_[i], *global_bound_[i]);
    if (texts.empty()) continue;
    // Aliases and wrapper scripts bring flags of their own: the last one counts.
    if (!globals_[i].repeatable) texts.erase(texts.begin(), texts.end() - 1);
    TRY(assign(globals_[i], texts, &globals, TimeContext{}));
  }
  // "wait" looks once then.
  const bool may_be_none = command_.name.starts_with("wait ");
  if (globals.timeout && globals.timeout->count() == 0 && !may_be_none) {
    return usage("--timeout: nothing is answered within 0s", "10s is the default");
  }
  if (globals.output) TRY(check_format(command_, *globals.output, typed_name("--output")));
  if (const auto known = format_time(0, globals.zone); !known) {
    return fail(Error(known.error()).with_context("--tz"));
  }
  return {};
}

Result<void> Binder::check_exclusive() const {
  for (const auto& group : command_.exclusive) {
    std::vector<std::string> given;
    for (std::size_t i = 0; i < bound_.size(); ++i) {
      const std::string& name = command_.options[i].main_name();
      const bool named = std::ranges::find(group, name) != group.end();
      if (named && bound_[i] != nullptr && bound_[i]->count() > 0) given.push_back(name);
    }
    if (given.size() > 1) {
      return usage(fmt::format("{} and {} exclude each other", given[0], given[1]));
    }
  }
  return {};
}

Result<void> Binder::fill(void* args, const TimeContext& context) const {
  TRY(check_exclusive());
  for (std::size_t i = 0; i < bound_.size(); ++i) {
    if (bound_[i] == nullptr) continue;
    const Option& option = command_.options[i];
    const std::vector<std::string> texts = texts_of(option, *bound_[i]);
    if (texts.empty()) continue;
    if (texts.size() > 1 && !option.repeatable && option.type != Option::Type::kFlag) {
      return usage(fmt::format("{}: given more than once", typed_name(option)));
    }
    TRY(assign(option, texts, args, context));
  }
  return fill_arguments(args, context);
}

Result<void> Binder::fill_arguments(void* args, const TimeContext& context) const {
  std::size_t next = 0;
  for (const Option& option : command_.options) {
    if (option.type == Option::Type::kTrailing && !trailing_.empty()) {
      TRY(assign(option, trailing_, args, context));
    }
    if (option.type != Option::Type::kArgument) continue;
    const std::size_t left = arguments_.size() - next;
    if (left == 0 && option.required) {
      return usage(fmt::format("{}: {} is missing", command_.name, option.names[0]),
                   usage_line(command_));
    }
    const std::size_t taken = option.repeatable ? left : std::min<std::size_t>(left, 1);
    if (taken == 0) continue;
    const auto begin = arguments_.begin() + static_cast<std::ptrdiff_t>(next);
    TRY(assign(option, {begin, begin + static_cast<std::ptrdiff_t>(taken)}, args, context));
    next += taken;
  }
  if (next < arguments_.size()) {
    return usage(fmt::format("{}: unexpected \"{}\"", command_.name, arguments_[next]),
                 usage_line(command_));
  }
  return {};
}

}  // namespace

Result<Invocation> parse_command(Command command, const std::vector<std::string>& words,
                                 std::int64_t now_ms) {
  Invocation result;
  result.command = std::move(command);
  Binder binder(result.command);
  TRY(binder.split(words));
  if (binder.wants_short_help() || binder.wants_long_help()) {
    result.what =
        binder.wants_long_help() ? Invocation::What::kLongHelp : Invocation::What::kShortHelp;
    return result;
  }
  TRY(binder.check_extras());
  TRY(binder.fill_globals(result.globals));
  result.what = Invocation::What::kRun;
  result.args = result.command.make_args();
  TRY(binder.fill(result.args.get(), TimeContext{now_ms, result.globals.zone}));
  TRY(result.command.check(result.args.get()));
  return result;
}

}  // namespace kreel::cli
