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

// Writes the address of the first TLS listener into the client files that --tls auto has made: the
// port may be another one at each start.
Result<void> tell_address(const std::string& directory,
                          const std::vector<ListenerAddress>& listeners);

// What a client has to say to reach this listener; empty where that is not known, or where nothing
// has to be said.
std::string way_in(const BrokerOptions& options, const ListenerAddress& listener);

}  // namespace kreel::cli
