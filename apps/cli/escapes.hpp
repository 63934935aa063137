#pragma once

#include <string>
#include <string_view>

#include <kreel/result.hpp>

namespace kreel::cli {

// Reads \n \r \t \e \\ \0 and \xHH, as in kcat's formats and delimiters; a backslash before any
// other character is kUsage.
Result<std::string> decode_escapes(std::string_view text);

}  // namespace kreel::cli
