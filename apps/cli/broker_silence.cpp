#include "cli/broker_silence.hpp"

#include <fmt/format.h>

namespace kreel::cli {

void bear_silence(ConsumerOptions& options, CommandContext& context, bool has_end) {
  if (has_end) options.patience_ms = context.timeout().count();
  options.on_reach = [&context](bool reachable, const std::string& servers) {
    const bool many = servers.find(',') != std::string::npos;
    if (reachable) {
      context.note(fmt::format("{} {} again", servers, many ? "answer" : "answers"));
    } else {
      context.note(fmt::format("{} {} not answer; still trying", servers, many ? "do" : "does"));
    }
  };
}

}  // namespace kreel::cli
