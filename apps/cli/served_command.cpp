#include "cli/served_command.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/core.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

constexpr int kNotFoundCode = 127;
constexpr int kNotExecutableCode = 126;
constexpr int kSignalCode = 128;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec of a process with threads: system calls alone.
[[noreturn]] void become(char* const* words, char* const* environment, const sigset_t& mask,
                         pid_t parent, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kSignalCode + SIGKILL);
  ::signal(SIGPIPE, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execvpe(words[0], words, environment);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(report, &error, sizeof(error));
  ::_exit(kNotFoundCode);
}

Error cannot_run(const std::string& word, int error) {
  return Error(ErrorKind::kNotFound,
               fmt::format("cannot run \"{}\": {}", word, to_lower(std::strerror(error))));
}

}  // namespace

std::optional<ServedCommand::NotRun> ServedCommand::start(const std::vector<std::string>& words,
                                                          const Environment& environment,
                                                          const sigset_t& mask) {
  std::vector<std::string> arguments = words;
  std::vector<std::string> settings;
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  const auto argument_pointers = pointers_to(arguments);
  const auto setting_pointers = pointers_to(settings);
  int report[2] = {-1, -1};
  const pid_t parent = ::getpid();
  if (::pipe2(report, O_CLOEXEC) == 0) child_ = ::fork();
  if (child_ == 0) {
    become(argument_pointers.data(), setting_pointers.data(), mask, parent, report[1]);
  }
  int error = child_ < 0 ? errno : 0;
  ::close(report[1]);
  const bool exec_failed = child_ > 0 && ::read(report[0], &error, sizeof(error)) > 0;
  ::close(report[0]);
  if (exec_failed) ::waitpid(child_, nullptr, 0);
  if (!exec_failed && child_ > 0) return std::nullopt;
  return NotRun{static_cast<ExitCode>(error == ENOENT ? kNotFoundCode : kNotExecutableCode),
                cannot_run(words[0], error)};
}

void ServedCommand::take(const signalfd_siginfo& signal, std::int64_t now_ms) {
  const auto number = static_cast<int>(signal.ssi_signo);
  if (number == SIGCHLD) return;
  // A Ctrl-C reaches the child by itself, and what it does about it is its own affair.
  const bool from_terminal = signal.ssi_code == SI_KERNEL;
  if (from_terminal && number == SIGINT) return;
  if (kill_at_ms_) {
    ::kill(child_, SIGKILL);
    return;
  }
  if (!from_terminal) ::kill(child_, number);
  kill_at_ms_ = now_ms + kGraceMs;
}

int ServedCommand::wait_ms(std::int64_t now_ms) {
  if (!kill_at_ms_) return -1;
  if (now_ms >= *kill_at_ms_) ::kill(child_, SIGKILL);
  return static_cast<int>(std::max<std::int64_t>(*kill_at_ms_ - now_ms, 100));
}

std::optional<ExitCode> ServedCommand::exit() {
  int status = 0;
  if (::waitpid(child_, &status, WNOHANG) != child_) return std::nullopt;
  return static_cast<ExitCode>(WIFSIGNALED(status) ? kSignalCode + WTERMSIG(status)
                                                   : WEXITSTATUS(status));
}

}  // namespace kreel::cli
