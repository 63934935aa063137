#pragma once

#include "kreel/offset_plan.hpp"

namespace kreel::client {

/// Adds up the rows of `plan`, and reads the time of the first record that each replays: one round
/// of plain fetches for all of them.
Result<void> add_totals(AdminClient& admin, OffsetPlan& plan);

}  // namespace kreel::client
