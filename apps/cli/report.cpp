#include "cli/report.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/ansi.hpp"
#include "cli/output.hpp"

namespace kreel::cli {
namespace {

// Messages carry names that came from files, brokers and the command line.
void write_lines(Streams& streams, std::string_view colour, std::string_view label,
                 std::string_view message, std::string_view hint) {
  const bool coloured = streams.err_colour;
  std::string text = fmt::format("{}{}{}{}\n", coloured ? colour : "", label,
                                 coloured ? kReset : "", escape_control(message));
  if (!hint.empty()) text += fmt::format("hint: {}\n", escape_control(hint));
  // What was printed before the error stands before it on a terminal, too.
  streams.out.flush_now();
  streams.err.write(text);
  streams.err.flush_now();
}

}  // namespace

void report_error(Streams& streams, const Error& error, bool as_json) {
  if (!as_json) {
    write_lines(streams, kRed, "kreel: ", error.message(), error.hint());
    return;
  }
  const Value envelope = Value::Object{{"kreel", 1},
                                       {"kind", "error"},
                                       {"items", Value::Array{}},
                                       {"errors", Value::Array{error_value(error)}}};
  streams.out.flush_now();
  streams.err.write(envelope.json() + "\n");
  streams.err.flush_now();
}

void report_warning(Streams& streams, std::string_view message, std::string_view hint) {
  write_lines(streams, kYellow, "kreel: warning: ", message, hint);
}

}  // namespace kreel::cli
