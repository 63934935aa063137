#pragma once

#include <cstdint>
#include <memory>
#include <string>

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
};

}  // namespace kreel::broker
