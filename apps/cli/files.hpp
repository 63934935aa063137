#pragma once

#include <cstddef>
#include <string>

#include <kreel/result.hpp>

namespace kreel::cli {

// A whole small file. kIo with the file's name when it cannot be read or is over `bytes_max`.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max = 1 << 20);
bool file_exists(const std::string& path);

// What errno says, in one way everywhere: "no space left", "permission denied".
std::string system_text(int error);

}  // namespace kreel::cli
