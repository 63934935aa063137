#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/app.hpp"
#include "cli/report.hpp"
#include "kafka/completion.hpp"
#include "kafka/tool.hpp"

namespace {

std::int64_t wall_clock_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::optional<std::string> line_from_stdin() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

// Whoever closed a standard stream must not have a socket or a data file in its place: reading
// stdin and writing stdout then fail as such, and what would go to stderr is lost.
void occupy_closed_streams() {
  for (const auto& [descriptor, mode] :
       {std::pair(STDIN_FILENO, O_WRONLY), std::pair(STDOUT_FILENO, O_RDONLY),
        std::pair(STDERR_FILENO, O_WRONLY)}) {
    if (::fcntl(descriptor, F_GETFD) < 0) (void)::open("/dev/null", mode);
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace kreel::cli;
  occupy_closed_streams();
  // A closed pipe is then an error of write(), which ends the program with 0.
  std::signal(SIGPIPE, SIG_IGN);
  OutStream out(STDOUT_FILENO, "stdout");
  OutStream err(STDERR_FILENO, "stderr");
  Streams streams(out, err);
  try {
    std::vector<std::string> words(argv + 1, argv + argc);
    const Host host{streams, read_environment(), wall_clock_ms, line_from_stdin};
    detect_terminal(streams, host.environment);
    // A link named as one of Apache's tools, or such a name as the first word.
    if (const auto name = kreel::kafka_tools::kafka_name(argv[0]); !name.empty()) {
      return kreel::kafka_tools::run_kafka_tool(name, std::move(words), host);
    }
    if (!words.empty()) {
      const std::string first = words[0];
      if (const auto name = kreel::kafka_tools::kafka_name(first); !name.empty()) {
        words.erase(words.begin());
        return kreel::kafka_tools::run_kafka_tool(name, std::move(words), host);
      }
    }
    if (!words.empty() && words[0] == "__complete") {
      return static_cast<int>(run_completion(words, kreel::kafka_tools::complete, host));
    }
    if (!words.empty() && (words[0] == "--version" || words[0] == "-V")) words[0] = "version";
    return static_cast<int>(run_app(words, host));
  } catch (const std::exception& exception) {
    report_error(
        streams,
        kreel::Error(kreel::ErrorKind::kFailed, std::string("internal error: ") + exception.what()),
        false);
    return static_cast<int>(ExitCode::kFailed);
  }
}
