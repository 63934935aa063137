#include "cli/served_command.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/core.h>
#include <kreel/text.hpp>

#include "cli/command_keeper.hpp"

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
  const auto not_run = [&](int error) {
    return NotRun{static_cast<ExitCode>(error == ENOENT ? kNotFoundCode : kNotExecutableCode),
                  cannot_run(words[0], error)};
  };
  auto news_pipe = Pipe::open();
  if (!news_pipe) return NotRun{ExitCode::kIo, news_pipe.error()};
  const KeptCommand command{argument_pointers.data(), setting_pointers.data(), &mask,
                            news_pipe->write.get(), ::getpid()};
  keeper_ = ::fork();
  if (keeper_ == 0) keep_command(command);
  if (keeper_ < 0) return not_run(errno);
  news_pipe->write.reset();
  KeeperNews news{};
  while (::read(news_pipe->read.get(), &news, sizeof(news)) == sizeof(news)) {
    if (news.kind == KeeperNews::Kind::kNotStarted) {
      ::waitpid(keeper_, nullptr, 0);
      return not_run(news.value);
    }
    child_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, news.value, 0)));
  }
  return std::nullopt;
}

void ServedCommand::send(int number) const {
  if (child_.is_open()) ::syscall(SYS_pidfd_send_signal, child_.get(), number, nullptr, 0);
}

void ServedCommand::take(const signalfd_siginfo& signal, std::int64_t now_ms) {
  const auto number = static_cast<int>(signal.ssi_signo);
  if (number == SIGCHLD) return;
  // A Ctrl-C reaches the child by itself, and what it does about it is its own affair.
  const bool from_terminal = signal.ssi_code == SI_KERNEL;
  if (from_terminal && number == SIGINT) return;
  if (kill_at_ms_) {
    send(SIGKILL);
    return;
  }
  if (!from_terminal) send(number);
  kill_at_ms_ = now_ms + kGraceMs;
}

int ServedCommand::wait_ms(std::int64_t now_ms) {
  if (!kill_at_ms_) return -1;
  if (now_ms >= *kill_at_ms_) send(SIGKILL);
  return static_cast<int>(std::max<std::int64_t>(*kill_at_ms_ - now_ms, 100));
}

std::optional<ExitCode> ServedCommand::exit() {
  int status = 0;
  if (::waitpid(keeper_, &status, WNOHANG) != keeper_) return std::nullopt;
  return static_cast<ExitCode>(WIFSIGNALED(status) ? kSignalCode + WTERMSIG(status)
                                                   : WEXITSTATUS(status));
}

}  // namespace kreel::cli
