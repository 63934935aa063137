#include "cli/top_screen.hpp"

#include <clocale>
#include <cstdio>

#include <fmt/format.h>

#include "cli/ncurses_library.hpp"

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
  TRY_ASSIGN(const NcursesLibrary* ncurses, NcursesLibrary::load());
  // Asked first: newterm frees nothing when it fails.
  if (ncurses->tgetent(nullptr, terminal.c_str()) != 1) return unfit();
  SCREEN* opened = ncurses->newterm(terminal.c_str(), stdout, stdin);
  if (opened == nullptr) return unfit();
  std::unique_ptr<TopScreen> screen(new TopScreen(*ncurses, opened));
  ncurses->cbreak();
  ncurses->noecho();
  ncurses->nodelay(*ncurses->standard_screen, true);
  ncurses->keypad(*ncurses->standard_screen, true);
  ncurses->curs_set(0);
  if (colour && ncurses->has_colors() && ncurses->start_color() == OK) {
    ncurses->use_default_colors();
    ncurses->init_pair(kTitlePair, COLOR_CYAN, -1);
    ncurses->init_pair(kErrorPair, COLOR_RED, -1);
    screen->colour_ = true;
  }
  return screen;
}

TopScreen::~TopScreen() {
  ncurses_.endwin();
  ncurses_.delscreen(static_cast<SCREEN*>(terminal_));
}

TerminalSize TopScreen::size() const {
  return {ncurses_.getmaxy(*ncurses_.standard_screen), ncurses_.getmaxx(*ncurses_.standard_screen)};
}

void TopScreen::draw(const std::vector<FrameLine>& lines) {
  ncurses_.werase(*ncurses_.standard_screen);
  int row = 0;
  for (const FrameLine& line : lines) {
    attr_t attributes = A_NORMAL;
    if (line.style == FrameLine::Style::kHead) attributes = A_BOLD;
    if (line.style == FrameLine::Style::kTitle) {
      attributes =
          colour_ ? A_BOLD | static_cast<attr_t>(ncurses_.color_pair(kTitlePair)) : A_REVERSE;
    }
    if (line.style == FrameLine::Style::kError) {
      attributes = colour_ ? static_cast<attr_t>(ncurses_.color_pair(kErrorPair)) : A_BOLD;
    }
    ncurses_.wattrset(*ncurses_.standard_screen, static_cast<int>(attributes));
    ncurses_.mvwaddstr(*ncurses_.standard_screen, row++, 0, line.text.c_str());
  }
  ncurses_.wattrset(*ncurses_.standard_screen, A_NORMAL);
  ncurses_.wrefresh(*ncurses_.standard_screen);
}

std::optional<TopScreen::Key> TopScreen::key() {
  const int code = ncurses_.wgetch(*ncurses_.standard_screen);
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
