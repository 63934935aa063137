#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace kreel::test {

/// While it lives, what the process logs goes to a file of its own.
class CapturedLog {
 public:
  CapturedLog() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) {
    if (file_ == nullptr || before_ < 0 || ::dup2(::fileno(file_), STDERR_FILENO) < 0) std::abort();
  }
  ~CapturedLog() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    std::fclose(file_);
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::vector<std::string> lines() const {
    std::vector<std::string> lines(1);
    char byte = 0;
    for (off_t at = 0; ::pread(::fileno(file_), &byte, 1, at) == 1; ++at) {
      if (byte == '\n') {
        lines.emplace_back();
      } else {
        lines.back() += byte;
      }
    }
    lines.pop_back();
    return lines;
  }
  std::ptrdiff_t count_of(std::string_view part) const {
    return std::ranges::count_if(lines(), [part](const std::string& line) {
      return line.find(part) != std::string::npos;
    });
  }

 private:
  std::FILE* file_;
  int before_;
};

}  // namespace kreel::test
