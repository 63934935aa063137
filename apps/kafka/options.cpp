#include "kafka/options.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

tl::unexpected<JavaError> parse_error(std::string_view exception, std::string message) {
  return tl::unexpected(JavaError{JavaError::Kind::kParse, fmt::format("joptsimple.{}", exception),
                                  std::move(message), ErrorKind::kUsage});
}

tl::unexpected<JavaError> unrecognized(std::string_view name) {
  return parse_error("UnrecognizedOptionException",
                     fmt::format("{} is not a recognized option", name));
}

class JoptParser {
 public:
  JoptParser(std::span<const Flag> flags, std::span<const std::string> words)
      : flags_(flags), words_(words) {}

  Outcome<Options> run() {
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_++];
      if (word == "--") break;
      if (word.starts_with("--")) {
        TRY(option(word.substr(2), true));
      } else if (word.starts_with("-") && word.size() > 1) {
        TRY(option(word.substr(1), false));
      }
    }
    return std::move(options_);
  }

 private:
  // Whether a word behind an option that may stand alone is its value.
  static bool may_be_value(const Flag& flag, std::string_view word) {
    const bool is_number = flag.value.starts_with("Integer") || flag.value.starts_with("Long");
    return is_number ? parse_int64(word).has_value() : !word.starts_with('-');
  }

  const Flag* find(std::string_view name) const {
    const auto at = std::ranges::find(flags_, name, &Flag::name);
    return at == flags_.end() ? nullptr : &*at;
  }

  Outcome<void> option(std::string_view text, bool is_long) {
    const auto equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const Flag* flag = find(name);
    // After one dash an unknown name is read as letters, of which the first is unknown.
    if (flag == nullptr) return unrecognized(is_long ? name : name.substr(0, 1));
    const bool has_value = equals != std::string_view::npos;
    if (flag->takes == Takes::kNothing) {
      if (has_value) {
        return parse_error("OptionException",
                           fmt::format("Option {} does not accept an argument", name));
      }
      options_.add(name);
    } else if (has_value) {
      options_.add(name, std::string(text.substr(equals + 1)));
    } else if (flag->takes == Takes::kMaybeValue) {
      if (at_ < words_.size() && may_be_value(*flag, words_[at_])) {
        options_.add(name, words_[at_++]);
      } else {
        options_.add(name);
      }
    } else if (at_ < words_.size()) {
      options_.add(name, words_[at_++]);
    } else {
      return parse_error("OptionMissingRequiredArgumentException",
                         fmt::format("Option {} requires an argument", name));
    }
    return {};
  }

  std::span<const Flag> flags_;
  std::span<const std::string> words_;
  std::size_t at_ = 0;
  Options options_;
};

template <class Number, class Parse>
Outcome<std::optional<Number>> parsed(const Options& options, std::string_view name, Parse parse) {
  TRY_ASSIGN(const auto text, options.value(name));
  if (!text) return std::optional<Number>();
  std::string_view digits = *text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (const auto number = parse(digits)) return std::optional<Number>(*number);
  auto error = parse_error("OptionArgumentConversionException",
                           fmt::format("Cannot parse argument '{}' of option {}", *text, name));
  error.value().kind = JavaError::Kind::kThrown;
  return error;
}

}  // namespace

Outcome<Options> parse_jopt(std::span<const Flag> flags, std::span<const std::string> words) {
  TRY_ASSIGN(Options options, JoptParser(flags, words).run());
  std::vector<std::string> missing;
  for (const Flag& flag : flags) {
    if (flag.required && !options.has(flag.name)) missing.push_back(flag.name);
  }
  const bool asks_for_help = options.has("help") || options.has("version");
  if (!missing.empty() && !asks_for_help) {
    return parse_error("MissingRequiredOptionsException",
                       fmt::format("Missing required option(s) [{}]", join(missing, ", ")));
  }
  std::vector<std::string> unavailable;
  for (const Flag& flag : flags) {
    const bool fits = flag.only_with.empty() ||
                      std::ranges::any_of(flag.only_with, [&](const std::string& other) {
                        return options.has(other);
                      });
    if (options.has(flag.name) && !fits) unavailable.push_back(flag.name);
  }
  if (!unavailable.empty() && !asks_for_help) {
    return parse_error("UnavailableOptionException",
                       fmt::format("Option(s) [{}] are unavailable given other options on the "
                                   "command line",
                                   join(unavailable, ", ")));
  }
  return options;
}

Outcome<std::optional<std::string>> Options::value(std::string_view name) const {
  const auto at = given_.find(name);
  if (at == given_.end() || at->second.empty()) return std::optional<std::string>();
  if (at->second.size() > 1) {
    return thrown(
        "joptsimple.MultipleArgumentsForOptionException",
        fmt::format("Found multiple arguments for option {}, but you asked for only one", name),
        ErrorKind::kUsage);
  }
  return std::optional<std::string>(at->second.front());
}

Outcome<std::string> Options::value_or(std::string_view name, std::string_view fallback) const {
  TRY_ASSIGN(const auto found, value(name));
  return found.value_or(std::string(fallback));
}

Outcome<std::optional<std::int32_t>> Options::integer(std::string_view name) const {
  return parsed<std::int32_t>(*this, name, parse_int32);
}

Outcome<std::optional<std::int64_t>> Options::number(std::string_view name) const {
  return parsed<std::int64_t>(*this, name, parse_int64);
}

Outcome<std::int32_t> Options::integer_or(std::string_view name, std::int32_t fallback) const {
  TRY_ASSIGN(const auto found, integer(name));
  return found.value_or(fallback);
}

Outcome<std::int64_t> Options::number_or(std::string_view name, std::int64_t fallback) const {
  TRY_ASSIGN(const auto found, number(name));
  return found.value_or(fallback);
}

std::vector<std::string> Options::values(std::string_view name) const {
  const auto at = given_.find(name);
  return at == given_.end() ? std::vector<std::string>() : at->second;
}

std::vector<std::string> Options::names() const {
  std::vector<std::string> names;
  for (const auto& [name, values] : given_) names.push_back(name);
  return names;
}

Outcome<void> require(const Options& options, std::span<const std::string_view> required) {
  for (const std::string_view name : required) {
    if (!options.has(name)) {
      return usage_exit(fmt::format("Missing required argument \"[{}]\"", name));
    }
  }
  return {};
}

Outcome<void> exclude(const Options& options, std::string_view name,
                      std::span<const std::string_view> others) {
  if (!options.has(name)) return {};
  for (const std::string_view other : others) {
    if (options.has(other)) {
      return usage_exit(
          fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", name, other));
    }
  }
  return {};
}

}  // namespace kreel::kafka_tools
