#include "kafka/jaas_file.hpp"

#include <algorithm>

#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

// Walks over a JAAS file, in pieces that end with a sign outside of quotes and comments.
class JaasText {
 public:
  explicit JaasText(std::string_view text) : text_(text) {}

  // What comes before the next of `signs`, which is passed over and kept in sign(); sign() is 0 at
  // the end of the text.
  std::string until(std::string_view signs) {
    std::string piece;
    sign_ = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '\'') {
        add_quoted(piece);
      } else if (text_.substr(at_, 2) == "//") {
        skip_behind("\n");
        piece += ' ';
      } else if (text_.substr(at_, 2) == "/*") {
        skip_behind("*/");
        piece += ' ';
      } else {
        ++at_;
        if (signs.find(c) != std::string_view::npos) {
          sign_ = c;
          break;
        }
        piece += c;
      }
    }
    return std::string(trim(piece));
  }
  char sign() const { return sign_; }

 private:
  void skip_behind(std::string_view end) {
    const auto found = text_.find(end, at_ + 2);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  // From a quote to the one that ends it.
  void add_quoted(std::string& piece) {
    const char quote = text_[at_];
    piece += text_[at_++];
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      piece += c;
      if (c == quote) return;
      if (c == '\\' && at_ < text_.size()) piece += text_[at_++];
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  char sign_ = 0;
};

std::string_view module_for(std::string_view mechanism) {
  if (mechanism == "PLAIN") return "PlainLoginModule";
  if (mechanism.starts_with("SCRAM")) return "ScramLoginModule";
  return mechanism == "OAUTHBEARER" ? "OAuthBearerLoginModule" : "Krb5LoginModule";
}

}  // namespace

std::vector<std::string> jaas_logins(std::string_view text, std::string_view context) {
  std::vector<std::string> logins;
  JaasText jaas(text);
  while (true) {
    std::string name = jaas.until("{");
    if (jaas.sign() == 0) return logins;
    // The ";" behind the context before.
    if (name.starts_with(';')) name = trim(std::string_view(name).substr(1));
    while (true) {
      const std::string login = jaas.until(";}");
      if (jaas.sign() != ';') break;
      if (name == context && !login.empty()) logins.push_back(login + ";");
    }
  }
}

std::string login_for(const std::vector<std::string>& logins, std::string_view mechanism) {
  const auto fits = [&](const std::string& login) {
    const std::string_view module =
        std::string_view(login).substr(0, login.find_first_of(" \t\r\n"));
    return module.ends_with(module_for(mechanism));
  };
  const auto at = std::ranges::find_if(logins, fits);
  if (at != logins.end()) return *at;
  return logins.empty() ? std::string() : logins.front();
}

}  // namespace kreel::kafka_tools
