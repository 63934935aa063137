#include "kafka/java_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "cli/descriptors.hpp"
#include "cli/files.hpp"
#include "cli/java_properties.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kIoException = "java.io.IOException";

JavaError file_failure(const std::string& path) {
  const cli::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int error = file.get() < 0 ? errno : 0;
  char first = 0;
  JavaError failure = no_such_file(path);
  // A directory can be opened, and is read in vain.
  if (error == 0 && ::pread(file.get(), &first, 1, 0) < 0 && errno == EISDIR) {
    failure.type = kIoException;
    failure.message = "Is a directory";
  } else if (error == EACCES) {
    failure.type = "java.nio.file.AccessDeniedException";
  } else if (error == ENOTDIR) {
    failure.type = "java.nio.file.FileSystemException";
    failure.message += ": Not a directory";
  }
  return failure;
}

}  // namespace

JavaError no_such_file(const std::string& path, JavaError::Kind kind) {
  return {kind, std::string(kNoSuchFile), path, ErrorKind::kIo};
}

Outcome<std::string> read_java_file(const std::string& path, std::size_t bytes_max) {
  auto text = cli::read_file(path, bytes_max);
  if (!text) return tl::unexpected(file_failure(path));
  return std::move(*text);
}

bool is_file_error(const JavaError& error) {
  return error.type.starts_with("java.nio.file.") || error.type == kIoException;
}

Outcome<std::vector<cli::IniEntry>> read_java_properties(const std::string& path,
                                                         JavaError::Kind kind) {
  auto text = read_java_file(path);
  if (!text) {
    text.error().kind = kind;
    return tl::unexpected(text.error());
  }
  return cli::parse_java_properties(*text);
}

}  // namespace kreel::kafka_tools
