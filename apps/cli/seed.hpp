#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "cli/exit_code.hpp"

namespace kreel::cli {

// Records that a broker has from the start, in the form of `consume -o jsonl`.
class Seed {
 public:
  // Reads all of the files once, so that a malformed one is known before anything starts.
  // kBadInput with file, line and column.
  static Result<Seed> check(const std::vector<std::string>& files);

  bool empty() const { return files_.empty(); }
  // Makes the topics that are missing, with as many partitions as the records need (the broker's
  // num.partitions where they name none), and writes the records. Injected faults spare it.
  Result<ExitCode> load(CommandContext& context, const std::string& address) const;

 private:
  std::vector<std::string> files_;
  // By topic, the highest partition that a record names.
  std::map<std::string, std::optional<std::int32_t>> topics_;
};

}  // namespace kreel::cli
