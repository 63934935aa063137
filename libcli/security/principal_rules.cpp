#include "security/principal_rules.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::security {

struct PrincipalRules::Rule {
  std::unique_ptr<re2::RE2> pattern;  ///< null: DEFAULT
  std::string replacement;            ///< with \1 for the first group, as RE2 has it
  enum class Case { kAsIs, kLower, kUpper } letters = Case::kAsIs;
};

PrincipalRules::PrincipalRules() = default;
PrincipalRules::PrincipalRules(PrincipalRules&&) noexcept = default;
PrincipalRules& PrincipalRules::operator=(PrincipalRules&&) noexcept = default;
PrincipalRules::~PrincipalRules() = default;

namespace {

constexpr std::string_view kSetting = "ssl.principal.mapping.rules";

tl::unexpected<Error> bad_rule(std::string_view text, std::string_view why) {
  return fail(ErrorKind::kUsage, fmt::format("{}: \"{}\" {}", kSetting, escape_control(text), why),
              "DEFAULT, or RULE:pattern/replacement/ with L or U behind it for its letters");
}

/// Up to the next '/' that no backslash escapes; nullopt without one.
std::optional<std::string_view> take_part(std::string_view& rest) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '/') {
      const auto part = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return part;
    }
  }
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Java's $1 as RE2's \1, $0 for the whole name. As in Kafka, a number above the groups stays as it
/// is written, but not where there is no group at all: Kafka lets nobody in by such a rule, nor by
/// a '$' that is followed by something else. nullopt for these, and for a tenth group.
std::optional<std::string> to_re2(std::string_view replacement, int groups) {
  std::string out;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    const char next = i + 1 < replacement.size() ? replacement[i + 1] : '\0';
    if (c == '\\') {
      out += next == '\\' ? std::string("\\\\") : std::string(1, next);
      ++i;
      continue;
    }
    if (c != '$') {
      out += c;
      continue;
    }
    if (!is_digit(next)) return std::nullopt;
    const int group = next - '0';
    if (group > groups && groups == 0) return std::nullopt;
    const char second = i + 2 < replacement.size() ? replacement[i + 2] : '\0';
    if (is_digit(second) && group != 0 && group * 10 + (second - '0') <= groups) {
      return std::nullopt;
    }
    out += group <= groups ? '\\' : '$';
    out += next;
    ++i;
  }
  return out;
}

std::string in_letters(std::string text, bool upper) {
  std::ranges::transform(text, text.begin(), [upper](char c) {
    if (upper) return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Skips blanks and the comma between two rules; false when something else stands there.
bool skip_separator(std::string_view& rest) {
  rest = trim(rest);
  if (rest.empty()) return true;
  if (!rest.starts_with(',')) return false;
  rest = trim(rest.substr(1));
  return true;
}

}  // namespace

Result<PrincipalRules> PrincipalRules::parse(std::string_view text) {
  constexpr std::string_view kDefault = "DEFAULT";
  constexpr std::string_view kRule = "RULE:";
  PrincipalRules rules;
  std::string_view rest = trim(text);
  while (!rest.empty()) {
    const std::string_view whole = rest;
    Rule rule;
    if (rest.starts_with(kDefault)) {
      rest.remove_prefix(kDefault.size());
    } else if (rest.starts_with(kRule)) {
      rest.remove_prefix(kRule.size());
      const auto pattern = take_part(rest);
      const auto replacement = pattern ? take_part(rest) : std::nullopt;
      if (!replacement) return bad_rule(whole, "has no pattern/replacement/");
      // The whole name has to fit.
      re2::RE2::Options quiet;
      quiet.set_log_errors(false);
      rule.pattern = std::make_unique<re2::RE2>(std::string(*pattern), quiet);
      if (!rule.pattern->ok()) return bad_rule(whole, rule.pattern->error());
      auto made = to_re2(*replacement, rule.pattern->NumberOfCapturingGroups());
      if (!made) return bad_rule(whole, "names a group that its pattern does not have");
      rule.replacement = std::move(*made);
      if (rest.starts_with('L')) rule.letters = Rule::Case::kLower;
      if (rest.starts_with('U')) rule.letters = Rule::Case::kUpper;
      if (rule.letters != Rule::Case::kAsIs) rest.remove_prefix(1);
    } else {
      return bad_rule(whole, "is no rule");
    }
    if (!skip_separator(rest)) return bad_rule(whole, "is no rule");
    rules.rules_.push_back(std::move(rule));
  }
  if (rules.rules_.empty()) rules.rules_.emplace_back();
  return rules;
}

Result<std::string> PrincipalRules::name_of(const std::string& distinguished_name) const {
  for (const Rule& rule : rules_) {
    if (!rule.pattern) return distinguished_name;
    if (!re2::RE2::FullMatch(distinguished_name, *rule.pattern)) continue;
    std::string name = distinguished_name;
    re2::RE2::GlobalReplace(&name, *rule.pattern, rule.replacement);
    if (name.empty()) {
      return fail(ErrorKind::kAuthentication,
                  fmt::format("a rule of {} leaves nothing of {}", kSetting,
                              escape_control(distinguished_name)));
    }
    if (rule.letters == Rule::Case::kAsIs) return name;
    return in_letters(std::move(name), rule.letters == Rule::Case::kUpper);
  }
  return fail(ErrorKind::kAuthentication,
              fmt::format("no rule of {} fits {}", kSetting, escape_control(distinguished_name)));
}

}  // namespace kreel::security
