#pragma once

#include <string>
#include <vector>

#include "cli/completion.hpp"

namespace kreel::kafka_tools {

// cli::complete(), and the same for the name of one of Apache's tools and the words behind it.
cli::Completion complete(const std::vector<std::string>& words, const std::string& current,
                         const cli::Environment& environment);

}  // namespace kreel::kafka_tools
