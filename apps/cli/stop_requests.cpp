#include "cli/stop_requests.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace kreel::cli {
namespace {

// What a signal handler can reach.
std::atomic<int> received_signal = 0;
std::atomic<int> wake_descriptor = -1;
std::function<void()> stop_function;
std::atomic<bool> is_uninterruptible = false;

constexpr unsigned kGraceS = 1;

struct sigaction previous_interrupt;
struct sigaction previous_terminate;
struct sigaction previous_alarm;

void handle(int signal) {
  const int saved_errno = errno;
  int none = 0;
  if (!received_signal.compare_exchange_strong(none, signal)) ::_exit(128 + signal);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_descriptor, &one, sizeof(one));
  if (stop_function) stop_function();
  if (is_uninterruptible) ::alarm(kGraceS);
  errno = saved_errno;
}

void end_grace(int) {
  if (is_uninterruptible) ::_exit(128 + received_signal);
}

}  // namespace

StopRequests::StopRequests(std::function<void()> on_stop) : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
  received_signal = 0;
  wake_descriptor = descriptor_;
  stop_function = std::move(on_stop);
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, &previous_terminate);
  struct sigaction grace {};
  grace.sa_handler = end_grace;
  sigemptyset(&grace.sa_mask);
  ::sigaction(SIGALRM, &grace, &previous_alarm);
  // A shell starts background work with SIGINT ignored, and means it.
  ::sigaction(SIGINT, nullptr, &previous_interrupt);
  if (previous_interrupt.sa_handler != SIG_IGN) ::sigaction(SIGINT, &action, nullptr);
}

StopRequests::~StopRequests() {
  ::alarm(0);
  ::sigaction(SIGALRM, &previous_alarm, nullptr);
  ::sigaction(SIGINT, &previous_interrupt, nullptr);
  ::sigaction(SIGTERM, &previous_terminate, nullptr);
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

}  // namespace kreel::cli
