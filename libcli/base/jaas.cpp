#include "kreel/jaas.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel {
namespace {

// Words of a JAAS line: bare words, quoted texts with backslash escapes, "=" and ";".
class JaasWords {
 public:
  explicit JaasWords(std::string_view text) : rest_(text) {}

  // The next word; empty at the end.
  Result<std::string> next() {
    rest_ = trim(rest_);
    if (rest_.empty()) return std::string();
    if (rest_[0] == '"' || rest_[0] == '\'') return quoted(rest_[0]);
    if (rest_[0] == '=' || rest_[0] == ';') {
      const std::string word(rest_.substr(0, 1));
      rest_.remove_prefix(1);
      return word;
    }
    const std::string word(rest_.substr(0, rest_.find_first_of(" \t\r\n=;\"'")));
    rest_.remove_prefix(word.size());
    return word;
  }
  bool done() { return trim(rest_).empty(); }

 private:
  Result<std::string> quoted(char quote) {
    std::string word;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\' && i + 1 < rest_.size()) {
        word += rest_[++i];
      } else if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        return word;
      } else {
        word += rest_[i];
      }
    }
    return fail(ErrorKind::kUsage, "a closing quote is missing in the login line");
  }

  std::string_view rest_;
};

constexpr std::string_view kJaasShape = "write Module required username=\"u\" password=\"p\";";

}  // namespace

Result<JaasLogin> parse_jaas(std::string_view text) {
  JaasWords words(text);
  JaasLogin login;
  TRY_ASSIGN(login.module, words.next());
  TRY_ASSIGN(const std::string control, words.next());
  if (control != "required" && control != "requisite" && control != "sufficient" &&
      control != "optional") {
    return fail(ErrorKind::kUsage, "the login line lacks \"required\" after the module",
                std::string(kJaasShape));
  }
  while (true) {
    TRY_ASSIGN(std::string name, words.next());
    if (name == ";") break;
    if (name.empty()) {
      return fail(ErrorKind::kUsage, "the login line does not end with \";\"",
                  std::string(kJaasShape));
    }
    TRY_ASSIGN(const std::string equals, words.next());
    if (equals != "=") {
      return fail(ErrorKind::kUsage,
                  fmt::format("\"=\" is missing after option {} of the login line",
                              login.options.size() + 1),
                  std::string(kJaasShape));
    }
    TRY_ASSIGN(std::string value, words.next());
    login.options.push_back({std::move(name), std::move(value)});
  }
  if (!words.done()) {
    return fail(ErrorKind::kUsage, "there is text after the login line's \";\"");
  }
  return login;
}

}  // namespace kreel
