#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kreel/result.hpp>

#include "cli/top_view.hpp"

namespace kreel::cli {

struct NcursesLibrary;

// The terminal in full, by ncurses, as it was before once this is destroyed. One at a time.
class TopScreen {
 public:
  // kUsage where the terminal's type cannot place text, kFailed without ncurses. Colour where it
  // has some and `colour`.
  static Result<std::unique_ptr<TopScreen>> open(const std::string& terminal, bool colour);
  ~TopScreen();
  TopScreen(const TopScreen&) = delete;
  TopScreen& operator=(const TopScreen&) = delete;

  TerminalSize size() const;
  void draw(const std::vector<FrameLine>& lines);

  struct Key {
    TopKey key = TopKey::kOther;
    char character = '\0';
    bool resized = false;
  };
  // A key that was pressed; nothing when there is none to be read now.
  std::optional<Key> key();

 private:
  TopScreen(const NcursesLibrary& ncurses, void* terminal)
      : ncurses_(ncurses), terminal_(terminal) {}

  const NcursesLibrary& ncurses_;
  void* terminal_;  // ncurses' SCREEN; its header stays where it is needed
  bool colour_ = false;
};

}  // namespace kreel::cli
