#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "client/transport.hpp"
#include "kreel/client_config.hpp"

namespace kreel::client {

/// Whether these first bytes (four at least) are those of a TLS record.
bool is_tls_record(ByteView start);
/// "h:9092 does not speak TLS".
Error not_tls(const Endpoint& endpoint);

/// Who says these first bytes (four at least), if it is not Kafka: "h:80 is an HTTP server, not
/// Kafka".
std::optional<Error> recognize_stranger(ByteView start, const Endpoint& endpoint);

/// Who listens at an address that said nothing to Kafka's first request, or hung up on it: many
/// HTTP servers wait for the end of what they take for a request line, and TLS ones close without a
/// word. Asks over connections of its own, in HTTP and in TLS at once; nothing when neither is
/// answered, after four seconds or half of the deadline at most, or when there is something to read
/// on `first`, the connection to Kafka that this is about.
std::optional<Error> ask_stranger(Connector& connector, const Endpoint& endpoint,
                                  const Deadline& deadline, Transport* first);

/// Whether TLS is spoken there.
bool speaks_tls(Connector& connector, const Endpoint& endpoint, const Deadline& deadline);

}  // namespace kreel::client
