#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/app.hpp"
#include "cli/streams.hpp"

namespace kreel::cli::testing {

// Streams that write to memory, and a host whose clock, environment and answers a test chooses.
class TestHost {
 public:
  std::string out;
  std::string err;
  std::vector<std::string> answers;
  std::int64_t now_ms = 1'763'712'000'000;  // 2025-11-21T08:00:00Z

 private:
  OutStream out_stream_{out};
  OutStream err_stream_{err};

 public:
  Streams streams{out_stream_, err_stream_};
  Host host{
      streams, {{"HOME", "/nonexistent"}}, [this] { return now_ms; }, [this] { return next(); }};

  ExitCode run(const std::vector<std::string>& words) { return run_app(words, host); }
  void on_terminal() {
    streams.in_is_terminal = streams.out_is_terminal = streams.err_is_terminal = true;
  }

 private:
  std::optional<std::string> next() {
    if (answers.empty()) return std::nullopt;
    std::string answer = answers.front();
    answers.erase(answers.begin());
    return answer;
  }
};

}  // namespace kreel::cli::testing
