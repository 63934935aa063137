#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kreel/pattern.hpp>
#include <kreel/record.hpp>

#include "cli/context.hpp"
#include "cli/jq_condition.hpp"
#include "cli/value_types.hpp"

namespace kreel::cli {

// What a person may ask of records: regular expressions, and a condition in jq's language. All that
// are given must match.
struct RecordFilterArgs {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<KeyValue> headers;
  std::optional<std::string> where;

  bool any() const { return key || value || !headers.empty() || where; }
};

class RecordFilter {
 public:
  // kUsage for an expression that cannot be read.
  static Result<RecordFilter> make(const RecordFilterArgs& args);

  // A key or value that is null matches nothing. Of headers with one name, any may match.
  bool accepts(const RecordView& record);
  // What the condition could not be asked of, told once at the end.
  void tell_errors(CommandContext& context) const;

 private:
  std::optional<Pattern> key_;
  std::optional<Pattern> value_;
  std::vector<std::pair<std::string, Pattern>> headers_;
  std::optional<JqCondition> where_;
};

}  // namespace kreel::cli
