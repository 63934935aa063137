#include "cli/command_keeper.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

namespace kreel::cli {
namespace {

constexpr int kNewsDescriptor = STDERR_FILENO + 1;
constexpr int kNotStartedCode = 127;
constexpr int kCodeOfSignals = 128;
constexpr timespec kPause{0, 1'000'000};
// What does not end when it is killed hangs in the kernel.
constexpr int kPausesMax = 5'000;

void tell(KeeperNews::Kind kind, int value) {
  const KeeperNews news{kind, value};
  [[maybe_unused]] const auto written = ::write(kNewsDescriptor, &news, sizeof(news));
}

[[noreturn]] void become(const KeptCommand& command, pid_t keeper) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(kCodeOfSignals + SIGKILL);
  ::signal(SIGPIPE, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, command.mask, nullptr);
  ::execvpe(command.words[0], command.words, command.environment);
  tell(KeeperNews::Kind::kNotStarted, errno);
  ::_exit(kNotStartedCode);
}

// Their descendants become children here, and are met the next time.
void kill_children() {
  const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<char, 4096> text{};
  const ssize_t length = ::read(file, text.data(), text.size());
  ::close(file);
  pid_t pid = 0;
  for (ssize_t i = 0; i < length; ++i) {
    const char letter = text[static_cast<std::size_t>(i)];
    if (letter >= '0' && letter <= '9') {
      pid = pid * 10 + (letter - '0');
    } else {
      // A number that is cut off has no space behind it.
      if (pid > 0) ::kill(pid, SIGKILL);
      pid = 0;
    }
  }
}

void clear_away() {
  for (int pauses = 0; pauses < kPausesMax; ++pauses) {
    kill_children();
    pid_t reaped = 0;
    while ((reaped = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (reaped < 0 && errno == ECHILD) return;
    ::nanosleep(&kPause, nullptr);
  }
}

// Of `child`, once it has ended; orphans are reaped on the way.
int exit_code_of(pid_t child, pid_t parent, const sigset_t& signals) {
  while (true) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended != child) continue;
      return WIFSIGNALED(status) ? kCodeOfSignals + WTERMSIG(status) : WEXITSTATUS(status);
    }
    if (::getppid() != parent) return kCodeOfSignals + SIGKILL;
    ::sigwaitinfo(&signals, nullptr);
  }
}

}  // namespace

void keep_command(const KeptCommand& command) {
  // A signal for the whole group is the command's and the parent's affair.
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_NAME, "kreel-guard");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
  // The sockets and the lock of the data directory end with the parent.
  ::dup2(command.news, kNewsDescriptor);
  ::fcntl(kNewsDescriptor, F_SETFD, FD_CLOEXEC);
  ::close_range(kNewsDescriptor + 1, ~0U, 0);
  if (::getppid() != command.parent) ::_exit(kCodeOfSignals + SIGKILL);
  const pid_t keeper = ::getpid();
  const pid_t child = ::_Fork();
  if (child == 0) become(command, keeper);
  if (child < 0) {
    tell(KeeperNews::Kind::kNotStarted, errno);
    ::_exit(kNotStartedCode);
  }
  tell(KeeperNews::Kind::kStarted, child);
  ::close(kNewsDescriptor);
  sigset_t waited;
  sigemptyset(&waited);
  sigaddset(&waited, SIGCHLD);
  sigaddset(&waited, SIGHUP);
  const int code = exit_code_of(child, command.parent, waited);
  clear_away();
  ::_exit(code);
}

}  // namespace kreel::cli
