#include "kafka/java_pattern.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kreel::kafka_tools {
namespace {

// Walks over an expression: what stands outside of classes and escapes, and how deep.
class ExpressionWalk {
 public:
  explicit ExpressionWalk(std::string_view text) : text_(text) {}

  // The first `wanted` outside of all groups; a parenthesis that closes one is outside.
  static std::size_t find(std::string_view text, char wanted) {
    ExpressionWalk walk(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (walk.is_plain(i) && text[i] == wanted && walk.depth_ == 0) return i;
    }
    return std::string_view::npos;
  }

 private:
  // Whether text[i] is neither escaped nor in a class; keeps the depth behind it.
  bool is_plain(std::size_t i) {
    if (escaped_) {
      escaped_ = false;
      return false;
    }
    if (text_[i] == '\\') {
      escaped_ = true;
      return false;
    }
    if (in_class_) {
      in_class_ = text_[i] != ']';
      return false;
    }
    if (text_[i] == '[') in_class_ = true;
    if (text_[i] == '(') ++depth_;
    if (text_[i] == ')') --depth_;
    return true;
  }

  std::string_view text_;
  int depth_ = 0;
  bool escaped_ = false;
  bool in_class_ = false;
};

tl::unexpected<JavaError> syntax_error(std::string message) {
  return thrown("java.util.regex.PatternSyntaxException", std::move(message), ErrorKind::kUsage);
}

}  // namespace

Outcome<JavaPattern::Alternative> JavaPattern::alternative(std::string_view text) {
  std::vector<Lookahead> lookaheads;
  std::string_view rest = text;
  if (rest.starts_with('^')) rest.remove_prefix(1);
  while (rest.starts_with("(?!") || rest.starts_with("(?=")) {
    const auto close = ExpressionWalk::find(rest, ')');
    if (close == std::string_view::npos) break;
    auto pattern = Pattern::compile(fmt::format("^(?:{})", rest.substr(3, close - 3)));
    if (!pattern) return syntax_error(pattern.error().message());
    lookaheads.push_back({rest[2] == '!', std::move(*pattern)});
    rest.remove_prefix(close + 1);
  }
  auto pattern = Pattern::compile(fmt::format("^(?:{})$", rest));
  if (!pattern) {
    const bool looks = rest.find("(?!") != std::string_view::npos ||
                       rest.find("(?=") != std::string_view::npos ||
                       rest.find("(?<") != std::string_view::npos;
    if (!looks) return syntax_error(pattern.error().message());
    return syntax_error(fmt::format(
        "{}: this client takes a lookahead at the start of an expression alone, and no lookbehind",
        text));
  }
  return Alternative{std::move(lookaheads), std::move(*pattern)};
}

Outcome<JavaPattern> JavaPattern::compile(std::string_view expression) {
  JavaPattern result;
  if (auto whole = Pattern::compile(fmt::format("^(?:{})$", expression))) {
    result.alternatives_.push_back({{}, std::move(*whole)});
    return result;
  }
  while (true) {
    const auto bar = ExpressionWalk::find(expression, '|');
    TRY_ASSIGN(auto part, alternative(expression.substr(0, bar)));
    result.alternatives_.push_back(std::move(part));
    if (bar == std::string_view::npos) return result;
    expression.remove_prefix(bar + 1);
  }
}

bool JavaPattern::matches(std::string_view name) const {
  return std::ranges::any_of(alternatives_, [&](const Alternative& one) {
    return one.rest.matches(name) &&
           std::ranges::all_of(one.lookaheads, [&](const Lookahead& look) {
             return look.pattern.matches(name) != look.negative;
           });
  });
}

}  // namespace kreel::kafka_tools
