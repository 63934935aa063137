#pragma once

#include <sys/types.h>

#include <csignal>

namespace kreel::cli {

// What the keeper tells through its pipe: at most two of these, then the end of it.
struct KeeperNews {
  enum class Kind : int { kStarted, kNotStarted };
  Kind kind;
  int value;  // the command's pid, or an errno
};

// How a command is started; all of it is made before the fork.
struct KeptCommand {
  char* const* words;
  char* const* environment;
  const sigset_t* mask;  // the signals that it blocks
  int news;              // the pipe
  pid_t parent;          // who forks the keeper
};

// What a process does that is forked for it: starts the command, waits for it, kills and reaps all
// that it has left, detached or not, and ends with its exit code (128+n for signal n). The same
// when `parent` is gone, by SIGKILL too. Whatever loses its parent below a keeper becomes its
// child, so nothing gets away. Async-signal-safe: it is a copy of a process with threads.
[[noreturn]] void keep_command(const KeptCommand& command);

}  // namespace kreel::cli
