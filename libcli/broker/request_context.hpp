#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "broker/authorization/access.hpp"
#include "broker/connection.hpp"
#include "protocol/version.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// What surrounds one request while its handler runs. Passed by reference and valid only during the
/// call; a handler that answers later copies what it needs.
struct RequestContext {
  Broker& broker;
  IoThread& io;
  ConnectionInfo& connection;
  protocol::Version version = 0;
  std::string client_id;
  Access access;
  /// The whole request; Records of a decoded request point into it.
  MutableByteView frame;
  /// As in IncomingRequest.
  bool more_follow = false;

  /// The writable bytes behind a view into the frame.
  MutableByteView writable(ByteView part) const {
    const auto at = static_cast<std::size_t>(part.data() - frame.data());
    KREEL_ASSERT(part.data() >= frame.data() && at + part.size() <= frame.size(),
                 "a view outside of the request frame");
    return frame.subspan(at, part.size());
  }
};

}  // namespace kreel::broker
