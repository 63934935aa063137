#pragma once

#include <span>
#include <string_view>

#include <kreel/error.hpp>

namespace kreel::cli {

// The numbers are a promise to scripts; those from 1 to 10 are ErrorKind's.
enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kUnreachable = 3,
  kAuthentication = 4,
  kNotAuthorized = 5,
  kNotFound = 6,
  kRefused = 7,
  kBadInput = 8,
  kIo = 9,
  kConditionFalse = 10,
  kInterrupted = 130,
  kTerminated = 143
};

struct ExitCodeInfo {
  ExitCode code;
  std::string_view name;     // for JSON: "not_found"
  std::string_view meaning;  // one line for people
};

// Every code, in order.
std::span<const ExitCodeInfo> exit_codes();
const ExitCodeInfo& exit_code_info(ExitCode code);

inline ExitCode exit_code(ErrorKind kind) {
  return static_cast<ExitCode>(kind);
}

}  // namespace kreel::cli
