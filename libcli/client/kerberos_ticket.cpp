#include "client/kerberos_ticket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <mutex>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "client/rdkafka_support.hpp"
#include "client/tcp.hpp"

namespace kreel::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kKinitSetting = "sasl.kerberos.kinit.cmd";
constexpr std::string_view kPauseSetting = "sasl.kerberos.min.time.before.relogin";
constexpr std::size_t kOutputBytesMax = std::size_t{64} << 10;

Result<std::string> fill_in(std::string_view text, const rd_kafka_conf_t* conf) {
  std::string filled;
  while (true) {
    const auto open = text.find("%{");
    filled += text.substr(0, open);
    if (open == std::string_view::npos) return filled;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) {
      return fail(ErrorKind::kUsage, fmt::format("{}: a %{{ without its }}", kKinitSetting));
    }
    const std::string name(text.substr(open + 2, close - open - 2));
    const auto value = rd_value(conf, name);
    if (!value) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: %{{{}}} is not set", kKinitSetting, escape_control(name)));
    }
    filled += *value;
    text.remove_prefix(close + 1);
  }
}

/// Of a command that is not asked for its input: `produce` reads records there.
Result<pid_t> spawn_shell(const std::string& command, int output) {
  posix_spawn_file_actions_t files{};
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  // A group of its own, so that what the shell has started can be ended with it.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::string shell = "sh";
  std::string option = "-c";
  std::string text = command;
  const std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
  pid_t child = -1;
  const int error_number =
      ::posix_spawn(&child, "/bin/sh", &files, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (error_number != 0) {
    return fail(ErrorKind::kIo, "cannot start kinit: " + reason(error_number));
  }
  return child;
}

/// What comes through `pipe` until its end; false when the time is over before.
bool read_to_end(int pipe, const Deadline& deadline, std::string& output) {
  std::array<char, 4096> chunk{};
  while (true) {
    pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
    const auto wait_ms = std::min<std::int64_t>(deadline.remaining_ms(), 1'000);
    if (::poll(&waiting, 1, static_cast<int>(wait_ms)) <= 0) {
      if (deadline.passed()) return false;
      continue;
    }
    const ssize_t count = ::read(pipe, chunk.data(), chunk.size());
    if (count == 0) return true;
    if (count > 0 && output.size() < kOutputBytesMax) {
      output.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }
}

/// The last line that it printed, if it failed.
std::optional<Error> run_kinit(const std::string& command, const Deadline& deadline) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error(ErrorKind::kIo, "cannot start kinit");
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const auto child = spawn_shell(command, to.get());
  if (!child) return child.error();
  to = Descriptor(-1);
  std::string output;
  const bool in_time = read_to_end(from.get(), deadline, output);
  if (!in_time) ::kill(-*child, SIGKILL);
  int status = 0;
  while (::waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) {
    return Error(ErrorKind::kUnreachable,
                 fmt::format("no Kerberos ticket by kinit: {}", no_answer_text(deadline)),
                 "is the KDC of krb5.conf up, and can it be reached from here?");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  std::string why = WIFEXITED(status) ? fmt::format("it ended with {}", WEXITSTATUS(status))
                                      : std::string("it was killed");
  for (const std::string_view line : split(output, '\n')) {
    if (!trim(line).empty()) why = escape_control(trim(line));
  }
  constexpr int kNotFound = 127;
  const bool is_missing = WIFEXITED(status) && WEXITSTATUS(status) == kNotFound;
  return Error(ErrorKind::kAuthentication, fmt::format("no Kerberos ticket by kinit: {}", why),
               is_missing ? "apt install krb5-user"
                          : "check sasl.kerberos.keytab and sasl.kerberos.principal; "
                            "sasl.kerberos.kinit.cmd is what runs");
}

/// nullopt where tickets are got elsewhere, for which librdkafka's word is a pause of 0.
Result<std::optional<std::string>> kinit_of(const rd_kafka_conf_t* conf) {
  if (rd_number(conf, kPauseSetting) == 0) return std::nullopt;
  const std::string text = rd_value(conf, kKinitSetting).value_or("");
  if (trim(text).empty()) return std::nullopt;
  TRY_ASSIGN(std::string command, fill_in(text, conf));
  return command;
}

}  // namespace

std::pair<std::string_view, std::string> kinit_setting(const ClientConfig& config) {
  if (user_value(config, "sasl.kerberos.keytab", "").empty()) return {kPauseSetting, "0"};
  return {kKinitSetting,
          "kinit -R -t \"%{sasl.kerberos.keytab}\" -k %{sasl.kerberos.principal} 2>/dev/null || "
          "kinit -t \"%{sasl.kerberos.keytab}\" -k %{sasl.kerberos.principal}"};
}

Result<std::optional<std::string>> kinit_command(const ClientConfig& config) {
  TRY_ASSIGN(const RdConf conf, make_rd_conf(config, {}, {}));
  return kinit_of(conf.get());
}

Result<void> get_ticket(const ClientConfig& config, const Deadline& deadline) {
  static std::mutex mutex;  // of two at once one could read what the other has half written
  static std::map<std::string, Clock::time_point> got;
  TRY_ASSIGN(const RdConf conf, make_rd_conf(config, {}, {}));
  TRY_ASSIGN(const auto command, kinit_of(conf.get()));
  if (!command) return {};
  const std::chrono::milliseconds wait(rd_number(conf.get(), kPauseSetting));
  const std::lock_guard lock(mutex);
  const auto last = got.find(*command);
  if (last != got.end() && Clock::now() - last->second < wait) return {};
  if (auto failed = run_kinit(*command, deadline)) return fail(std::move(*failed));
  got[*command] = Clock::now();
  return {};
}

}  // namespace kreel::client
