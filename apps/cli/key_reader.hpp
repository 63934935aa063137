#pragma once

#include <termios.h>

#include <optional>

namespace kreel::cli {

// Keys as they are pressed, without their echo, where stdin is a terminal that is ours to read. The
// terminal is as it was before once this is destroyed.
class KeyReader {
 public:
  explicit KeyReader(bool in_is_terminal);
  ~KeyReader();
  KeyReader(const KeyReader&) = delete;
  KeyReader& operator=(const KeyReader&) = delete;

  // For poll(); -1 where there are no keys.
  int descriptor() const { return descriptor_; }
  // After poll() found it readable.
  std::optional<char> key();

 private:
  int descriptor_ = -1;
  termios before_{};
};

}  // namespace kreel::cli
