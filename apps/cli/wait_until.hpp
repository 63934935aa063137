#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <kreel/admin.hpp>

#include "cli/context.hpp"
#include "cli/exit_code.hpp"

namespace kreel::cli {

// What one look at the cluster has shown.
struct WaitStatus {
  bool holds = false;
  std::string state;  // "3 of 6 partitions have a leader"
};

// Looks again and again until a condition holds, for at most --timeout in all. What passes by
// itself (nothing listens yet, an unknown host or topic) is a condition that does not hold yet; a
// refused login or a wrong setting is an error at once.
class Wait {
 public:
  // `what` is named in every message: "topic \"orders\"".
  Wait(CommandContext& context, std::string what);

  using Look = std::function<Result<WaitStatus>(AdminClient&)>;
  // The state in which it holds; kConditionFalse with the last state at the deadline.
  Result<std::string> until(const Look& look);

  std::int64_t left_ms() const;
  // A line for people: what there is, and after how long.
  void tell(const std::string& state) const;
  Error not_in_time(const std::string& state) const;

 private:
  Result<WaitStatus> look_once(const Look& look, ClientConfig& config);

  CommandContext& context_;
  std::string what_;
  std::int64_t started_ms_;
  std::unique_ptr<AdminClient> admin_;
};

// until() and tell(): a whole command.
Result<ExitCode> wait_until(CommandContext& context, std::string what, const Wait::Look& look);

}  // namespace kreel::cli
