#pragma once

#include <kreel/consumer.hpp>

#include "cli/context.hpp"

namespace kreel::cli {

// What a reader does about brokers that do not answer: one that has an end gives up after
// --timeout, one that follows goes on trying. Both tell when it begins and when it is over.
void bear_silence(ConsumerOptions& options, CommandContext& context, bool has_end);

}  // namespace kreel::cli
