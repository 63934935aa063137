#pragma once

#include <string_view>

#include <kreel/error.hpp>

#include "cli/streams.hpp"

namespace kreel::cli {

// The one place that prints errors: "kreel: WHAT: WHY" and a "hint:" line on stderr, or with
// `as_json` one object in the shape of every other JSON reply.
void report_error(Streams& streams, const Error& error, bool as_json);
// "kreel: warning: ..." on stderr, with its hint.
void report_warning(Streams& streams, std::string_view message, std::string_view hint = {});

}  // namespace kreel::cli
