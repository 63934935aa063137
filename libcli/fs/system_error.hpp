#pragma once

#include <string_view>

#include "base/result.hpp"

namespace kreel::fs {

/// "<doing> <path>: <strerror>", with a hint where one is known. ENOENT gives kNotFound, all else
/// kIo.
tl::unexpected<Error> system_failure(std::string_view doing, std::string_view path, int error);

}  // namespace kreel::fs
