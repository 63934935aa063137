#include "cli/process_guard.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "cli/descriptors.hpp"

namespace kreel::cli {
namespace {

// In the guard, a copy of a process with threads: async-signal-safe calls alone.
[[noreturn]] void watch(int messages) {
  ::setsid();  // signals of the terminal are for the other one
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(signal, SIG_IGN);
  ::prctl(PR_SET_NAME, "kreel-guard");
  ::dup2(messages, STDIN_FILENO);
  ::close_range(STDIN_FILENO + 1, ~0U, 0);
  std::array<pid_t, ProcessGuard::kGroupsMax> groups{};
  std::size_t count = 0;
  pid_t message = 0;
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, &message, sizeof(message));
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof(message)) break;
    if (message > 0 && count < groups.size()) groups[count++] = message;
    for (std::size_t i = 0; message < 0 && i < count; ++i) {
      if (groups[i] == -message) groups[i--] = groups[--count];
    }
  }
  for (std::size_t i = 0; i < count; ++i) ::kill(-groups[i], SIGKILL);
  ::_exit(0);
}

}  // namespace

Result<ProcessGuard> ProcessGuard::start() {
  TRY_ASSIGN(Pipe pipe, Pipe::open());
  const pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorKind::kIo, fmt::format("cannot start a process: {}", why(errno)));
  if (pid == 0) {
    // Its own copy of the end that is written would keep it from seeing that end closed.
    pipe.write.reset();
    watch(pipe.read.get());
  }
  return ProcessGuard(pipe.write.release(), pid);
}

ProcessGuard::ProcessGuard(ProcessGuard&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), pid_(std::exchange(other.pid_, -1)) {}

ProcessGuard::~ProcessGuard() {
  if (pid_ < 0) return;
  ::close(descriptor_);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ProcessGuard::add(pid_t group) const {
  tell(group);
}

void ProcessGuard::remove(pid_t group) const {
  tell(-group);
}

void ProcessGuard::tell(pid_t message) const {
  [[maybe_unused]] const auto written = ::write(descriptor_, &message, sizeof(message));
}

}  // namespace kreel::cli
