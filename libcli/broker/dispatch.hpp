#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "broker/connection.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// One complete request frame, without its size.
struct IncomingRequest {
  MutableByteView frame;
  std::uint64_t number = 0;
  std::shared_ptr<ReplySink> sink;
  /// The next request of the connection is here already: this one may wait for it. The transport
  /// keeps the frame until finish_turn(), to be called before anything else is done.
  bool more_follow = false;
};

/// Whether the request at the front of `frame` (at least its first two bytes) may start before the
/// previous one was answered: a Produce after Produces, so that one producer overlaps syncs.
bool may_overlap(ByteView frame);

/// The place of the request's API in protocol::api_table(), for metrics; nullopt when it is
/// unknown.
std::optional<std::size_t> api_index(ByteView frame);

/// Decodes one request and calls its handler, which answers through the sink now or later. A text
/// when the frame is not a request that this broker serves: the connection is to be closed.
std::optional<std::string> dispatch(Broker& broker, IoThread& io, ConnectionInfo& connection,
                                    const IncomingRequest& request);
/// Does what the requests of one connection have left for each other.
void finish_turn(IoThread& io);

}  // namespace kreel::broker
