#include "kafka/java_files.hpp"

#include "cli/files.hpp"
#include "cli/java_properties.hpp"

namespace kreel::kafka_tools {

JavaError no_such_file(const std::string& path, JavaError::Kind kind) {
  return {kind, std::string(kNoSuchFile), path, ErrorKind::kIo};
}

Outcome<std::string> read_java_file(const std::string& path, std::size_t bytes_max) {
  auto text = cli::read_file(path, bytes_max);
  if (!text) return tl::unexpected(no_such_file(path));
  return std::move(*text);
}

Outcome<std::vector<cli::IniEntry>> read_java_properties(const std::string& path,
                                                         JavaError::Kind kind) {
  const auto text = cli::read_file(path);
  if (!text) return tl::unexpected(no_such_file(path, kind));
  return cli::parse_java_properties(*text);
}

}  // namespace kreel::kafka_tools
