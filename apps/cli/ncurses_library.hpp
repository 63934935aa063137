#pragma once

// Without this, words like `clear` and `timeout` are macros.
#define NCURSES_NOMACROS 1
#include <ncurses.h>
#include <termcap.h>

#include <kreel/result.hpp>

namespace kreel::cli {

/// The functions of ncurses that `kreel top` needs.
struct NcursesLibrary {
  decltype(&::tgetent) tgetent;
  decltype(&::newterm) newterm;
  decltype(&::delscreen) delscreen;
  decltype(&::endwin) endwin;
  decltype(&::cbreak) cbreak;
  decltype(&::noecho) noecho;
  decltype(&::nodelay) nodelay;
  decltype(&::keypad) keypad;
  decltype(&::curs_set) curs_set;
  decltype(&::has_colors) has_colors;
  decltype(&::start_color) start_color;
  decltype(&::use_default_colors) use_default_colors;
  decltype(&::init_pair) init_pair;
  decltype(&::COLOR_PAIR) color_pair;
  decltype(&::getmaxy) getmaxy;
  decltype(&::getmaxx) getmaxx;
  decltype(&::werase) werase;
  decltype(&::wattrset) wattrset;
  decltype(&::mvwaddstr) mvwaddstr;
  decltype(&::wrefresh) wrefresh;
  decltype(&::wgetch) wgetch;
  WINDOW** standard_screen;  ///< set by newterm

  /// Loaded once per process and kept. kFailed where the system has no ncurses.
  static Result<const NcursesLibrary*> load();
};

}  // namespace kreel::cli
