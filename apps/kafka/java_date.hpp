#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

// Local times as java.text.SimpleDateFormat writes them in English.
class JavaDateFormat {
 public:
  // "yyyy-MM-dd HH:mm:ss:SSS": runs of y, M, d, H, h, m, s, S, a, E, D, Z and X, and text between
  // single quotes. `Illegal pattern character 'q'`.
  static Outcome<JavaDateFormat> make(std::string_view pattern);
  std::string text(std::int64_t time_ms) const;

 private:
  // Letters and how many of them, or, with '\'' as the letter, text.
  struct Part {
    char letter = '\'';
    std::size_t count = 0;
    std::string text;
  };
  std::vector<Part> parts_;
};

}  // namespace kreel::kafka_tools
