#include "cli/key_reader.hpp"

#include <unistd.h>

namespace kreel::cli {
namespace {

// A process in the background that reads or sets the terminal is stopped for it.
bool is_in_foreground() {
  return ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

}  // namespace

KeyReader::KeyReader(bool in_is_terminal) {
  if (!in_is_terminal || !is_in_foreground() || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
  termios at_once = before_;
  at_once.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  at_once.c_cc[VMIN] = 1;
  at_once.c_cc[VTIME] = 0;
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &at_once) == 0) descriptor_ = STDIN_FILENO;
}

KeyReader::~KeyReader() {
  if (descriptor_ >= 0 && is_in_foreground()) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

std::optional<char> KeyReader::key() {
  char typed = 0;
  if (is_in_foreground() && ::read(STDIN_FILENO, &typed, 1) == 1) return typed;
  descriptor_ = -1;
  return std::nullopt;
}

}  // namespace kreel::cli
