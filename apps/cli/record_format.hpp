#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/record.hpp>
#include <kreel/result.hpp>

namespace kreel::cli {

// "a=1,b=2", as %h has it.
void append_headers(const RecordView& record, bool escape, std::string& out);

// A format string of kcat: %t topic, %p partition, %o offset, %T timestamp (ms), %k key, %K its
// length, %s value, %S its length, %R the length in 4 bytes big-endian, %h headers as a=1,b=2,
// %% a percent sign; \n \r \t \e \0 \xHH \\. The length of null is -1, and null prints nothing.
class RecordFormat {
 public:
  // kUsage, naming the part that cannot be read.
  static Result<RecordFormat> parse(std::string_view text);

  // `escape`: control bytes of keys, values and headers are written as \xHH.
  void append(const RecordView& record, bool escape, std::string& out) const;

 private:
  struct Part {
    char what = '\0';  // a letter from above, or 0 for the text
    std::string literal;
  };
  std::vector<Part> parts_;
};

}  // namespace kreel::cli
