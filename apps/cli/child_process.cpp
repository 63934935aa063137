#include "cli/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

constexpr const char* kShell = "/bin/sh";
// Linux: of one string, its end included.
constexpr std::size_t kStringBytesMax = 128 * 1024;

Result<void> check_size(const std::string& command, const std::vector<std::string>& environment) {
  const auto total_max = static_cast<std::size_t>(::sysconf(_SC_ARG_MAX));
  std::size_t total = command.size() + 64;
  std::size_t longest = command.size() + 1;
  for (const std::string& entry : environment) {
    total += entry.size() + 1 + sizeof(char*);
    longest = std::max(longest, entry.size() + 1);
  }
  if (longest <= kStringBytesMax && total <= total_max) return {};
  return fail(ErrorKind::kBadInput, "its key or headers are too large for environment variables");
}

// Between fork and exec, in a copy of a process with threads: async-signal-safe calls alone.
struct Launch {
  char* const* arguments;
  char* const* environment;
  int input;
  int output;
  pid_t parent;

  [[noreturn]] void run(const ProcessGuard& guard) const {
    ::setpgid(0, 0);
    guard.add(::getpid());
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(126);
    std::signal(SIGPIPE, SIG_DFL);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execve(kShell, arguments, environment);
    ::_exit(127);
  }
};

}  // namespace

std::string ProcessEnd::text() const {
  if (signal == 0) return fmt::format("exit {}", code);
  return fmt::format("signal {} ({})", signal, to_lower(::strsignal(signal)));
}

Result<ChildProcess> ChildProcess::start(const std::string& command,
                                         const std::vector<std::string>& environment,
                                         const ProcessGuard& guard) {
  TRY(check_size(command, environment));
  TRY_ASSIGN(Pipe input, Pipe::open());
  TRY_ASSIGN(Pipe output, Pipe::open());
  std::vector<char*> variables;
  for (const std::string& entry : environment)
    variables.push_back(const_cast<char*>(entry.c_str()));
  variables.push_back(nullptr);
  std::array<char*, 4> arguments{const_cast<char*>("sh"), const_cast<char*>("-c"),
                                 const_cast<char*>(command.c_str()), nullptr};
  const Launch launch{arguments.data(), variables.data(), input.read.get(), output.write.get(),
                      ::getpid()};
  const pid_t pid = ::fork();
  if (pid == 0) launch.run(guard);
  if (pid < 0) return fail(ErrorKind::kIo, "cannot start a process: " + why(errno));
  // Here as well: who sends a signal next must not depend on how far the other one is.
  ::setpgid(pid, pid);
  ChildProcess child(pid, guard);
  child.end_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!child.end_.is_open()) {
    return fail(ErrorKind::kIo, "cannot watch a process: " + why(errno));
  }
  child.input_ = std::move(input.write);
  child.output_ = std::move(output.read);
  set_nonblocking(child.input_.get());
  set_nonblocking(child.output_.get());
  return child;
}

ChildProcess::~ChildProcess() {
  if (pid_.value < 0) return;
  signal(SIGKILL);
  guard_->remove(pid_.value);
  while (::waitpid(pid_.value, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::signal(int number) const {
  if (pid_.value > 0) ::kill(-pid_.value, number);
}

std::optional<ProcessEnd> ChildProcess::reap() {
  siginfo_t info{};
  const int code =
      ::waitid(P_PID, static_cast<id_t>(pid_.value), &info, WEXITED | WNOHANG | WNOWAIT);
  if (code != 0 || info.si_pid == 0) return std::nullopt;
  // Not reaped yet, it keeps its group's number from being anybody else's.
  signal(SIGKILL);
  guard_->remove(pid_.value);
  ::waitpid(pid_.value, nullptr, 0);
  pid_.value = -1;
  if (info.si_code == CLD_EXITED) return ProcessEnd{.code = info.si_status, .signal = 0};
  return ProcessEnd{.code = 128 + info.si_status, .signal = info.si_status};
}

}  // namespace kreel::cli
