#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace kreel::cli {

// The values of the flags that many commands share.
struct GlobalArgs {
  std::optional<std::string> brokers;
  std::vector<std::string> properties;  // prop=value
  std::optional<std::string> properties_file;
  std::optional<std::string> profile;
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::string> debug;
  std::optional<std::string> output;
  bool no_headers = false;
  std::optional<std::string> columns;
  bool yes = false;
  bool dry_run = false;
  std::string zone = "UTC";
  bool quiet = false;
  int verbose = 0;
};

constexpr std::chrono::milliseconds kTimeoutDefault{10'000};

struct GlobalOption {
  unsigned uses;  // the command must use one of these; 0: every command takes it
  Option option;
};
std::vector<GlobalOption> global_options();

// The values of -o for this command.
std::vector<std::string> formats_of(const Command& command);

}  // namespace kreel::cli
