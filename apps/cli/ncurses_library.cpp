#include "cli/ncurses_library.hpp"

#include "cli/loaded_library.hpp"

namespace kreel::cli {

Result<const NcursesLibrary*> NcursesLibrary::load() {
  static NcursesLibrary ncurses{};
  static bool is_loaded = false;
  if (is_loaded) return &ncurses;
  TRY_ASSIGN(LoadedLibrary library, LoadedLibrary::open("libncursesw.so.6", "top", "libncursesw6"));
  library.look_up("tgetent", ncurses.tgetent);
  library.look_up("newterm", ncurses.newterm);
  library.look_up("delscreen", ncurses.delscreen);
  library.look_up("endwin", ncurses.endwin);
  library.look_up("cbreak", ncurses.cbreak);
  library.look_up("noecho", ncurses.noecho);
  library.look_up("nodelay", ncurses.nodelay);
  library.look_up("keypad", ncurses.keypad);
  library.look_up("curs_set", ncurses.curs_set);
  library.look_up("has_colors", ncurses.has_colors);
  library.look_up("start_color", ncurses.start_color);
  library.look_up("use_default_colors", ncurses.use_default_colors);
  library.look_up("init_pair", ncurses.init_pair);
  library.look_up("COLOR_PAIR", ncurses.color_pair);
  library.look_up("getmaxy", ncurses.getmaxy);
  library.look_up("getmaxx", ncurses.getmaxx);
  library.look_up("werase", ncurses.werase);
  library.look_up("wattrset", ncurses.wattrset);
  library.look_up("mvwaddstr", ncurses.mvwaddstr);
  library.look_up("wrefresh", ncurses.wrefresh);
  library.look_up("wgetch", ncurses.wgetch);
  library.look_up("stdscr", ncurses.standard_screen);
  TRY(library.complete());
  is_loaded = true;
  return &ncurses;
}

}  // namespace kreel::cli
