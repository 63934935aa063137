#pragma once

#include <string>
#include <utility>

#include <kreel/result.hpp>

namespace kreel::cli {

// A command line that asks for what cannot be: exit code 2.
inline tl::unexpected<Error> usage(std::string message, std::string hint = {}) {
  return fail(ErrorKind::kUsage, std::move(message), std::move(hint));
}

}  // namespace kreel::cli
