#include "cli/stop_requests.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "cli/client_log.hpp"

namespace kreel::cli {
namespace {

// What a signal handler can reach.
std::atomic<int> received_signal = 0;
std::atomic<std::int64_t> received_ms = 0;
std::atomic<int> wake_descriptor = -1;
std::function<void()> stop_function;
std::atomic<bool> is_uninterruptible = false;

constexpr unsigned kGraceS = 1;

// The terminal was closed: SIGHUP ends as SIGTERM does.
constexpr std::array kStopSignals{SIGINT, SIGTERM, SIGHUP};
std::array<struct sigaction, kStopSignals.size()> previous_actions;
struct sigaction previous_alarm;

int exit_number(int signal) {
  return 128 + (signal == SIGINT ? SIGINT : SIGTERM);
}

void handle(int signal) {
  const int saved_errno = errno;
  int none = 0;
  if (received_signal == 0) received_ms = steady_ms();
  if (!received_signal.compare_exchange_strong(none, signal)) ::_exit(exit_number(signal));
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_descriptor, &one, sizeof(one));
  if (stop_function) stop_function();
  if (is_uninterruptible) ::alarm(kGraceS);
  errno = saved_errno;
}

void end_grace(int) {
  if (is_uninterruptible) ::_exit(exit_number(received_signal));
}

}  // namespace

StopRequests::StopRequests(std::function<void()> on_stop) : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
  received_signal = 0;
  wake_descriptor = descriptor_;
  stop_function = std::move(on_stop);
  struct sigaction action {};
  action.sa_handler = handle;
  // Which of two signals was the first is not for the second one's handler to say.
  sigemptyset(&action.sa_mask);
  for (const int signal : kStopSignals) sigaddset(&action.sa_mask, signal);
  struct sigaction grace {};
  grace.sa_handler = end_grace;
  sigemptyset(&grace.sa_mask);
  ::sigaction(SIGALRM, &grace, &previous_alarm);
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    // nohup ignores SIGHUP, and means it. A shell ignores SIGINT for everything that a script
    // starts with &, also for what the script stops by kill -INT.
    ::sigaction(kStopSignals[i], nullptr, &previous_actions[i]);
    const bool stays = kStopSignals[i] == SIGHUP && previous_actions[i].sa_handler == SIG_IGN;
    if (!stays) ::sigaction(kStopSignals[i], &action, nullptr);
  }
}

StopRequests::~StopRequests() {
  ::alarm(0);
  ::sigaction(SIGALRM, &previous_alarm, nullptr);
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    ::sigaction(kStopSignals[i], &previous_actions[i], nullptr);
  }
  stop_function = nullptr;
  ::close(descriptor_);
}

UninterruptibleWork::UninterruptibleWork() {
  is_uninterruptible = true;
}

UninterruptibleWork::~UninterruptibleWork() {
  is_uninterruptible = false;
}

std::optional<ExitCode> StopRequests::exit() const {
  const int signal = received_signal;
  if (signal == 0) return std::nullopt;
  return signal == SIGINT ? ExitCode::kInterrupted : ExitCode::kTerminated;
}

std::int64_t StopRequests::left_ms(std::int64_t limit_ms) const {
  if (!requested()) return limit_ms;
  return std::clamp<std::int64_t>(received_ms + limit_ms - steady_ms(), 0, limit_ms);
}

}  // namespace kreel::cli
