#pragma once

#include <kreel/offset_plan.hpp>

#include "cli/context.hpp"

namespace kreel::cli {

// What `offsets reset` and `offsets rewind` have in common: plan, show, ask, write, read back.
Result<ExitCode> change_offsets(CommandContext& context, const OffsetChangeRequest& request);

}  // namespace kreel::cli
