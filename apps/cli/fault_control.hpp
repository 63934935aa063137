#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kreel/control.hpp>

#include "cli/context.hpp"

namespace kreel::cli {

// See Faults::kSparedClientId: whoever wants to end an outage has to get through it.
inline constexpr const char* kControlClientId = "kreel-control";

// The control socket of the broker that is meant: of --data-dir, of -b, of $KREEL_CONTROL (which
// `serve -- CMD` sets), or of the broker that environment and profile name. A broker that an
// address names is asked for its data directory and must be of this machine.
Result<std::unique_ptr<BrokerControl>> connect_control(CommandContext& context,
                                                       const std::optional<std::string>& data_dir);

// kUsage when --columns names an unknown one; before anything is changed.
Result<void> begin_faults(Output& output);
void print_faults(Output& output, const std::vector<Fault>& faults);

}  // namespace kreel::cli
