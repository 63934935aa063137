#pragma once

#include <memory>
#include <string_view>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// A regular expression in RE2's syntax, over bytes: matching takes time linear in the text
/// whatever the expression is. Movable; matching is const and safe from any thread.
class KREEL_API Pattern {
 public:
  /// ErrorKind::kUsage with the reason for an expression that cannot be read.
  static Result<Pattern> compile(std::string_view expression);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Whether some part of `text` matches, as grep has it; ^ and $ bind to its ends.
  bool matches(std::string_view text) const;

 private:
  class Impl;
  explicit Pattern(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kreel
