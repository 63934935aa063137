#pragma once

#include <memory>
#include <string>

#include <kreel/record.hpp>
#include <kreel/result.hpp>

namespace kreel::cli {

// A condition on records in jq's language, as --where has it. The record is the object that -o
// jsonl prints, but for its value: where the value's bytes are JSON, .value is what they say, so
// that
// `.value.amount > 10` works; .value_text is the value as -o jsonl has it. Movable; one thread.
class JqCondition {
 public:
  // kUsage with jq's first complaint.
  static Result<JqCondition> compile(const std::string& expression);
  JqCondition(JqCondition&&) noexcept;
  JqCondition& operator=(JqCondition&&) noexcept;
  ~JqCondition();

  // Whether any output is neither false nor null. An error of jq's, such as asking a string for a
  // member, is no match: it is counted, and the first one kept.
  bool matches(const RecordView& record);

  std::int64_t errors() const;
  const std::string& first_error() const;  // "orders[0]@7: Cannot index string with "amount""

 private:
  class Impl;
  explicit JqCondition(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kreel::cli
