#include "cli/client_log.hpp"

#include <unistd.h>

#include <chrono>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {

ClientLog client_log(const CommandContext& context) {
  if (context.globals().verbose == 0 && !context.globals().debug) return {};
  return [](int level, std::string_view facility, std::string_view message) {
    const std::string line =
        fmt::format("librdkafka: {} {}: {}\n", level, facility, escape_control(message));
    // It comes from librdkafka's own threads, so it goes out in one piece and past the buffers.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  };
}

std::int64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace kreel::cli
