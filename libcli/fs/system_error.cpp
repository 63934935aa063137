#include "fs/system_error.hpp"

#include <cerrno>
#include <cstring>

#include <string>

#include "fs/file_system.hpp"

namespace kreel::fs {
namespace {

std::string text_of(int error) {
  char buffer[128] = {};
  return strerror_r(error, buffer, sizeof(buffer));
}

std::string hint_for(int error) {
  switch (error) {
    case EMFILE:
      return "this process may open no more files: raise `ulimit -n` (LimitNOFILE= in the unit) or "
             "keep fewer partitions";
    case ENFILE:
      return "the machine may open no more files: raise fs.file-max";
    case ENOSPC:
    case EDQUOT:
      return "free some space; work goes on by itself";
    default:
      return "";
  }
}

}  // namespace

tl::unexpected<Error> system_failure(std::string_view doing, std::string_view path, int error) {
  std::string message;
  message.append(doing).append(" ").append(path).append(": ").append(text_of(error));
  const auto kind = error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo;
  return fail(kind, std::move(message), hint_for(error));
}

bool is_out_of_space(const Error& error) {
  return error.message().ends_with(text_of(ENOSPC)) || error.message().ends_with(text_of(EDQUOT));
}

}  // namespace kreel::fs
