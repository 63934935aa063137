#pragma once

#include <string>
#include <string_view>

#include <kreel/result.hpp>

namespace kreel::cli {

// Reads \n \r \t \e \\ \0 and \xHH, as in kcat's delimiters; a backslash before any other
// character is kUsage.
Result<std::string> decode_escapes(std::string_view text);

// The same for formats, where kcat refuses nothing: \xH, \NNN (decimal, or octal behind a 0), any
// other character stands for itself, and so does a backslash at the end.
std::string decode_format_escapes(std::string_view text);

// escape_control() of all but ends of lines and tabs, for text that is laid out with them.
std::string escape_beside_layout(std::string_view text);

}  // namespace kreel::cli
