#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/position.hpp>
#include <kreel/result.hpp>

#include "cli/globals.hpp"
#include "cli/output.hpp"
#include "cli/profile.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {

// The world outside, passed in so that tests replace it.
struct Host {
  Streams& streams;
  Environment environment;
  std::function<std::int64_t()> now_ms;                // wall clock, since 1970-01-01 UTC
  std::function<std::optional<std::string>()> answer;  // one line from stdin; nullopt at its end
};

// A change about to be made, for CommandContext::confirm().
struct Change {
  std::string what;             // "delete topic \"orders\""
  bool needs_yes_flag = false;  // a question is not enough: records would be skipped, say
  std::string hint = {};        // of the refusal, where a dry run is none
};

// Everything that run() gets, beside its Args. One thread.
class CommandContext {
 public:
  CommandContext(const Command& command, GlobalArgs globals, const Host& host);

  Streams& streams() { return host_.streams; }
  Output& output() { return output_; }
  const GlobalArgs& globals() const { return globals_; }
  const Environment& environment() const { return host_.environment; }
  // As typed after -o; empty without it. For commands with formats of their own.
  std::string format() const;

  // --timeout; what a command waits at most for one answer.
  std::chrono::milliseconds timeout() const { return globals_.timeout.value_or(kTimeoutDefault); }
  std::int64_t now_ms() const { return host_.now_ms(); }
  TimeContext times() const { return {now_ms(), globals_.zone}; }
  bool dry_run() const { return globals_.dry_run; }

  // Flags, environment and profile together, read on first use; unknown names are warned of then.
  Result<const Configuration*> configuration();
  // What a client of this scope is given, secrets read.
  Result<std::vector<ClientProperty>> client_properties(PropertyScope scope);

  // Returns when the change may be made: --yes, or a "y" on a terminal; a protected profile wants
  // --yes and its name, typed at the terminal or as -P. Otherwise kRefused. Not for --dry-run.
  Result<void> confirm(const Change& change);
  // Whether confirm() would ask a person, who then wants to see what it is about.
  Result<bool> will_ask();
  // For what needs no question where `where`, a cluster's configuration, is not protected. The name
  // is asked once in a command.
  Result<void> confirm_if_protected(const Change& change, const Configuration& where);

  // A line from the terminal that it does not show; nullopt where there is none.
  std::optional<std::string> ask_hidden(std::string_view question);

  // A line on stderr for people, left out with -q: progress, counts, what was decided.
  void note(std::string_view line);
  // A line for people that -q does not hide: a part of the result.
  void tell(std::string_view line);
  void warn(std::string_view message, std::string_view hint = {});

 private:
  bool is_on_terminal() const;
  Result<void> confirm_protected(const Change& change, const Configuration& where);
  std::optional<std::string> ask(std::string_view question);

  const Command& command_;
  GlobalArgs globals_;
  const Host& host_;
  Output output_;
  std::optional<Configuration> configuration_;
  std::set<std::string> confirmed_;  // protected profiles
};

}  // namespace kreel::cli
