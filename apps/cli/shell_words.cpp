#include "cli/shell_words.hpp"

#include <algorithm>

namespace kreel::cli {
namespace {

class BashReader {
 public:
  BashReader(std::string_view line, std::string_view word_breaks)
      : line_(line), word_breaks_(word_breaks) {}

  ShellLine read() {
    for (at_ = 0; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (result_.quote == '\'') {
        in_single_quotes(c);
      } else if (result_.quote == '"') {
        in_double_quotes(c);
      } else {
        bare(c);
      }
    }
    return std::move(result_);
  }

 private:
  void take(char c) { result_.current += c; }

  void close() {
    result_.quote = '\0';
    result_.has_quotes = true;
  }

  void in_single_quotes(char c) {
    result_.raw += c;
    if (c == '\'') return close();
    take(c);
  }

  void in_double_quotes(char c) {
    result_.raw += c;
    if (c == '"') return close();
    const bool escapes = c == '\\' && at_ + 1 < line_.size() &&
                         std::string_view("$`\"\\").find(line_[at_ + 1]) != std::string_view::npos;
    if (!escapes) return take(c);
    result_.raw += line_[++at_];
    take(line_[at_]);
  }

  void end_word(bool redirects) {
    if (!result_.raw.empty() && !result_.is_redirection) result_.words.push_back(result_.current);
    ShellLine fresh;
    fresh.words = std::move(result_.words);
    // Blanks may stand between ">" and its file.
    fresh.is_redirection = redirects || (result_.is_redirection && result_.raw.empty());
    result_ = std::move(fresh);
  }

  void bare(char c) {
    if (c == ' ' || c == '\t' || c == '\n') return end_word(false);
    if (c == '<' || c == '>') return end_word(true);
    if (std::string_view("|;&()").find(c) != std::string_view::npos) {
      end_word(false);
      result_.words.clear();
      return;
    }
    result_.raw += c;
    if (c == '\\') {
      if (at_ + 1 == line_.size()) return;
      result_.raw += line_[++at_];
      return take(line_[at_]);
    }
    if (c == '\'' || c == '"') {
      result_.quote = c;
      result_.quote_at = result_.current.size();
      return;
    }
    take(c);
    if (word_breaks_.find(c) != std::string_view::npos) {
      result_.break_at = result_.current.size();
      result_.has_quotes = false;
    }
  }

  std::string_view line_;
  std::string_view word_breaks_;
  std::size_t at_ = 0;
  ShellLine result_;
};

std::string quoted_bare(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') ||
                          std::string_view("_-./,:=@%+").find(c) != std::string_view::npos;
    if (!is_plain) out += '\\';
    out += c;
  }
  return out;
}

// Behind an open quote, which bash closes itself.
std::string quoted_inside(char quote, std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (quote == '\'') {
      out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    } else if (c == '!') {
      // The history is asked within double quotes, too.
      out += "\"'!'\"";
    } else {
      if (std::string_view("$`\"\\").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace

ShellLine read_bash_line(std::string_view line, std::string_view word_breaks) {
  return BashReader(line, word_breaks).read();
}

std::optional<std::string> bash_insertion(const ShellLine& line, std::string_view word) {
  if (!word.starts_with(line.current)) return std::nullopt;
  if (line.quote != '\0') return quoted_inside(line.quote, word.substr(line.quote_at));
  if (line.has_quotes) return std::nullopt;
  return quoted_bare(word.substr(line.break_at));
}

}  // namespace kreel::cli
