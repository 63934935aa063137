#pragma once

namespace kreel {

/// Prints the broken invariant and the build id to stderr, then aborts. Never returns.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line,
                                   const char* message);

}  // namespace kreel

/// An invariant of kreel itself, checked in every build. Never for outside input.
#define KREEL_ASSERT(condition, message) \
  (static_cast<bool>(condition)          \
       ? static_cast<void>(0)            \
       : ::kreel::assertion_failed(#condition, __FILE__, __LINE__, message))
