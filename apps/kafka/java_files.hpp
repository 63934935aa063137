#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/ini.hpp"
#include "kafka/java.hpp"

// Files that a tool's words name, read as Java reads them.

namespace kreel::kafka_tools {

inline constexpr std::string_view kNoSuchFile = "java.nio.file.NoSuchFileException";
JavaError no_such_file(const std::string& path, JavaError::Kind kind = JavaError::Kind::kThrown);

// What java.nio throws where it cannot be read; over `bytes_max` it is as if it were not there.
Outcome<std::string> read_java_file(const std::string& path, std::size_t bytes_max = 1 << 20);
// Whether that is what was thrown.
bool is_file_error(const JavaError& error);
// A file of properties; `kind` is what its failure is for the tool.
Outcome<std::vector<cli::IniEntry>> read_java_properties(
    const std::string& path, JavaError::Kind kind = JavaError::Kind::kThrown);

}  // namespace kreel::kafka_tools
