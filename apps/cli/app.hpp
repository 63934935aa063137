#pragma once

#include <string>
#include <vector>

#include "cli/context.hpp"
#include "cli/exit_code.hpp"
#include "cli/parse.hpp"

namespace kreel::cli {

// One run of the program, from the words after "kreel" to the exit code: parse, run, report.
ExitCode run_app(const std::vector<std::string>& words, const Host& host);

// The part after parsing: runs the command and reports its failure.
ExitCode run_command(const Invocation& invocation, const Host& host, bool json_errors);

}  // namespace kreel::cli
