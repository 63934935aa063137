#include "cli/stop_signals.hpp"

#include <unistd.h>

namespace kreel::cli {

StopSignals::StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
  descriptor_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

StopSignals::~StopSignals() {
  ::close(descriptor_);
}

std::optional<signalfd_siginfo> StopSignals::take() {
  signalfd_siginfo info{};
  if (::read(descriptor_, &info, sizeof(info)) != sizeof(info)) return std::nullopt;
  return info;
}

}  // namespace kreel::cli
