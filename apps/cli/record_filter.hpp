#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kreel/pattern.hpp>
#include <kreel/record.hpp>

#include "cli/value_types.hpp"

namespace kreel::cli {

// What a person may ask of records, by regular expressions. All that are given must match.
struct RecordFilterArgs {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<KeyValue> headers;
};

class RecordFilter {
 public:
  // kUsage for an expression that cannot be read.
  static Result<RecordFilter> make(const RecordFilterArgs& args);

  // A key or value that is null matches nothing. Of headers with one name, any may match.
  bool accepts(const RecordView& record) const;

 private:
  std::optional<Pattern> key_;
  std::optional<Pattern> value_;
  std::vector<std::pair<std::string, Pattern>> headers_;
};

}  // namespace kreel::cli
