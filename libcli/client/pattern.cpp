#include "kreel/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.hpp"

namespace kreel {
namespace {

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

re2::RE2::Options options() {
  re2::RE2::Options options;
  // Records are bytes: \xff in an expression is that byte, and "." takes any.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

class Pattern::Impl {
 public:
  explicit Impl(std::string_view expression) : regex(piece(expression), options()) {}
  re2::RE2 regex;
};

Pattern::Pattern(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view expression) {
  auto impl = std::make_unique<Impl>(expression);
  if (!impl->regex.ok()) {
    return fail(ErrorKind::kUsage, fmt::format("\"{}\" is not a regular expression: {}",
                                               escape_control(expression), impl->regex.error()));
  }
  return Pattern(std::move(impl));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(piece(text), impl_->regex);
}

}  // namespace kreel
