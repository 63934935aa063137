#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/result.hpp>

namespace kreel::cli {

// A text with placeholders, for records that are made up: {{n}} is the record's number from 1,
// {{uuid}} a random UUID, {{now}} the time in milliseconds since 1970, {{random}} a number from 0
// to 999,999 and {{random:N}} one from 0 to N-1.
class RecordTemplate {
 public:
  // kUsage for a placeholder that is none of these, or that has no end, with its column.
  static Result<RecordTemplate> parse(std::string_view text);

  void append(std::int64_t n, std::int64_t now_ms, std::mt19937_64& random, std::string& out) const;

 private:
  enum class What { kText, kNumber, kUuid, kNow, kRandom };
  struct Part {
    What what = What::kText;
    std::string text;
    std::uint64_t below = 0;  // kRandom
  };
  static Result<Part> placeholder(std::string_view name);

  std::vector<Part> parts_;
};

}  // namespace kreel::cli
