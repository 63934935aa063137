#include "cli/exit_code.hpp"

#include <algorithm>
#include <array>

namespace kreel::cli {
namespace {

constexpr auto kCodes = std::to_array<ExitCodeInfo>({
    {ExitCode::kDone, "done", "done; also a closed output pipe"},
    {ExitCode::kFailed, "failed", "the operation failed, or failed in part"},
    {ExitCode::kUsage, "usage", "wrong usage or configuration"},
    {ExitCode::kUnreachable, "unreachable", "unreachable, or timed out (worth a retry)"},
    {ExitCode::kAuthentication, "authentication", "TLS or authentication failed"},
    {ExitCode::kNotAuthorized, "not_authorized", "not authorized"},
    {ExitCode::kNotFound, "not_found", "not found"},
    {ExitCode::kRefused, "refused", "refused by a safety check"},
    {ExitCode::kBadInput, "bad_input", "bad input data"},
    {ExitCode::kIo, "io", "local I/O error"},
    {ExitCode::kConditionFalse, "condition_false", "a condition asked for is false"},
    {ExitCode::kInterrupted, "interrupted", "stopped by SIGINT (Ctrl-C)"},
    {ExitCode::kTerminated, "terminated", "stopped by SIGTERM or SIGHUP (terminal closed)"},
});

}  // namespace

std::span<const ExitCodeInfo> exit_codes() {
  return kCodes;
}

const ExitCodeInfo& exit_code_info(ExitCode code) {
  const auto at = std::ranges::find(kCodes, code, &ExitCodeInfo::code);
  return at == kCodes.end() ? kCodes[1] : *at;
}

}  // namespace kreel::cli
