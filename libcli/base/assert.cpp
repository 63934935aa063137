#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace kreel {

void assertion_failed(const char* expression, const char* file, int line, const char* message) {
  std::fprintf(stderr, "kreel: internal error: %s (%s) at %s:%d\n", message, expression, file,
               line);
  std::abort();
}

}  // namespace kreel
