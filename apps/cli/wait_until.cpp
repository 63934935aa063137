#include "cli/wait_until.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <kreel/units.hpp>

#include "cli/admin.hpp"
#include "cli/client_log.hpp"

namespace kreel::cli {
namespace {

constexpr std::int64_t kFirstPauseMs = 20;
constexpr std::int64_t kLongestPauseMs = 500;
constexpr std::int64_t kLookMs = 2'000;
// What the last look may go over the deadline, so that it can tell what there is.
constexpr std::int64_t kShortestLookMs = 250;

bool passes_by_itself(ErrorKind kind) {
  return kind == ErrorKind::kUnreachable || kind == ErrorKind::kNotFound ||
         kind == ErrorKind::kFailed;
}

}  // namespace

Wait::Wait(CommandContext& context, std::string what)
    : context_(context), what_(std::move(what)), started_ms_(steady_ms()) {}

std::int64_t Wait::left_ms() const {
  return std::max<std::int64_t>(0, started_ms_ + context_.timeout().count() - steady_ms());
}

Result<WaitStatus> Wait::look_once(const Look& look, ClientConfig& config) {
  // A connection has one time limit for all of its calls.
  const std::int64_t limit_ms = std::clamp(left_ms(), kShortestLookMs, kLookMs);
  if (admin_ == nullptr || config.timeout_ms > limit_ms) {
    config.timeout_ms = limit_ms;
    TRY_ASSIGN(admin_, AdminClient::connect(config));
  }
  return look(*admin_);
}

Result<std::string> Wait::until(const Look& look) {
  TRY_ASSIGN(ClientConfig config, client_config(context_, PropertyScope::kGlobal));
  std::int64_t pause_ms = kFirstPauseMs;
  while (true) {
    const auto status = look_once(look, config);
    if (status && status->holds) return status->state;
    if (!status) {
      if (!passes_by_itself(status.error().kind())) return fail(status.error());
      admin_.reset();
    }
    if (left_ms() == 0) return fail(not_in_time(status ? status->state : status.error().message()));
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(pause_ms, left_ms())));
    pause_ms = std::min(pause_ms * 2, kLongestPauseMs);
  }
}

void Wait::tell(const std::string& state) const {
  const auto waited = std::chrono::milliseconds(steady_ms() - started_ms_);
  context_.note(fmt::format("{}: {}, after {}", what_, state, format_duration(waited)));
}

Error Wait::not_in_time(const std::string& state) const {
  return Error(ErrorKind::kConditionFalse,
               fmt::format("{}: not within {}: {}", what_, format_duration(context_.timeout()),
                           state),
               "--timeout sets how long to wait");
}

Result<ExitCode> wait_until(CommandContext& context, std::string what, const Wait::Look& look) {
  Wait wait(context, std::move(what));
  TRY_ASSIGN(const std::string state, wait.until(look));
  wait.tell(state);
  return ExitCode::kDone;
}

}  // namespace kreel::cli
