#pragma once

// Bugs that are planted to show that the tests find them. KREEL_BUG("skip_sync") is false in every
// build that is shipped; with -DKREEL_PLANTED_BUGS=ON it is true when the environment variable
// KREEL_PLANTED_BUG has that name.

#ifdef KREEL_PLANTED_BUGS

#include <cstdlib>
#include <string_view>

namespace kreel {

inline bool bug_is_planted(std::string_view name) {
  static const char* const planted = std::getenv("KREEL_PLANTED_BUG");
  return planted != nullptr && name == planted;
}

}  // namespace kreel

#define KREEL_BUG(name) (::kreel::bug_is_planted(name))

#else

#define KREEL_BUG(name) false

#endif
