#pragma once

#include <string>
#include <vector>

#include <kreel/broker.hpp>

#include "cli/context.hpp"

namespace kreel::cli {

// The certificates of `serve --tls auto`: made for all names of these listeners when there are
// none; a warning where those that are there lack one.
Result<void> prepare_certificates(const std::string& directory,
                                  const std::vector<ListenerAddress>& listeners,
                                  CommandContext& context);

// What a client has to say to reach this listener; empty where that is not known, or where nothing
// has to be said.
std::string way_in(const BrokerOptions& options, const ListenerAddress& listener);

}  // namespace kreel::cli
