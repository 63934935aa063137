#pragma once

#include <string>
#include <string_view>

#include <kreel/result.hpp>

namespace kreel::cli {

// Whether something has this name, a link to nowhere too.
bool is_taken(const std::string& path);

// Renames to the first free one of F.bak, F.bak2, F.bak3 ..., and returns it.
Result<std::string> back_up(const std::string& path);

// kRefused "refusing to overwrite F" when there is such a file, unless `force`. Asked before any
// work is done; write_new_file() asks again.
Result<void> check_may_write(const std::string& path, bool force);

// Makes the file and writes all of `text`, durably. What stood there is refused, or with `force`
// kept by back_up(). kIo as "write error on F: no space left"; then no file is left.
Result<void> write_new_file(const std::string& path, std::string_view text, bool force);

// Puts `text`, for nobody else's eyes, in the place of what the file holds; whoever reads it
// meanwhile gets the one or the other.
Result<void> replace_secret_file(const std::string& path, std::string_view text);

}  // namespace kreel::cli
