#include "cli/top_screen.hpp"

// Without this, words like `clear` and `timeout` are macros.
#define NCURSES_NOMACROS 1
#include <ncurses.h>
#include <termcap.h>

#include <clocale>
#include <cstdio>

#include <fmt/format.h>

namespace kreel::cli {
namespace {

constexpr short kTitlePair = 1;
constexpr short kErrorPair = 2;

}  // namespace

Result<std::unique_ptr<TopScreen>> TopScreen::open(const std::string& terminal, bool colour) {
  const auto unfit = [&] {
    return fail(ErrorKind::kUsage,
                fmt::format("top: a terminal of type \"{}\" cannot place text", terminal),
                "--samples 1 prints as text");
  };
  if (terminal.empty() || terminal == "dumb") return unfit();
  // For names that are not ASCII; numbers stay as they are.
  std::setlocale(LC_CTYPE, "");
  // Asked first: newterm frees nothing when it fails.
  if (::tgetent(nullptr, terminal.c_str()) != 1) return unfit();
  SCREEN* opened = ::newterm(terminal.c_str(), stdout, stdin);
  if (opened == nullptr) return unfit();
  std::unique_ptr<TopScreen> screen(new TopScreen(opened));
  ::cbreak();
  ::noecho();
  ::nodelay(stdscr, true);
  ::keypad(stdscr, true);
  ::curs_set(0);
  if (colour && ::has_colors() && ::start_color() == OK) {
    ::use_default_colors();
    ::init_pair(kTitlePair, COLOR_CYAN, -1);
    ::init_pair(kErrorPair, COLOR_RED, -1);
    screen->colour_ = true;
  }
  return screen;
}

TopScreen::~TopScreen() {
  ::endwin();
  ::delscreen(static_cast<SCREEN*>(terminal_));
}

TerminalSize TopScreen::size() const {
  return {getmaxy(stdscr), getmaxx(stdscr)};
}

void TopScreen::draw(const std::vector<FrameLine>& lines) {
  ::werase(stdscr);
  int row = 0;
  for (const FrameLine& line : lines) {
    attr_t attributes = A_NORMAL;
    if (line.style == FrameLine::Style::kHead) attributes = A_BOLD;
    if (line.style == FrameLine::Style::kTitle) {
      attributes = colour_ ? A_BOLD | static_cast<attr_t>(COLOR_PAIR(kTitlePair)) : A_REVERSE;
    }
    if (line.style == FrameLine::Style::kError) {
      attributes = colour_ ? static_cast<attr_t>(COLOR_PAIR(kErrorPair)) : A_BOLD;
    }
    ::wattrset(stdscr, static_cast<int>(attributes));
    ::mvwaddstr(stdscr, row++, 0, line.text.c_str());
  }
  ::wattrset(stdscr, A_NORMAL);
  ::wrefresh(stdscr);
}

std::optional<TopScreen::Key> TopScreen::key() {
  const int code = ::wgetch(stdscr);
  switch (code) {
    case ERR:
      return std::nullopt;
    case KEY_RESIZE:
      return Key{.resized = true};
    case KEY_UP:
      return Key{.key = TopKey::kUp};
    case KEY_DOWN:
      return Key{.key = TopKey::kDown};
    case KEY_PPAGE:
      return Key{.key = TopKey::kPageUp};
    case KEY_NPAGE:
      return Key{.key = TopKey::kPageDown};
    case '\t':
      return Key{.key = TopKey::kTab};
    default:
      break;
  }
  return Key{.character = code < 128 ? static_cast<char>(code) : '\0'};
}

}  // namespace kreel::cli
