#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/pattern.hpp>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

// A regular expression of java.util.regex that a whole name must match: RE2's syntax, and what
// scripts use beside it, a lookahead at the start of an alternative, as in `^(?!__).*`.
class JavaPattern {
 public:
  // PatternSyntaxException, also for what is legal in Java alone.
  static Outcome<JavaPattern> compile(std::string_view expression);
  bool matches(std::string_view name) const;

 private:
  struct Lookahead {
    bool negative = false;
    Pattern pattern;
  };
  struct Alternative {
    std::vector<Lookahead> lookaheads;
    Pattern rest;
  };
  static Outcome<Alternative> alternative(std::string_view text);

  std::vector<Alternative> alternatives_;
};

}  // namespace kreel::kafka_tools
