#pragma once

#include "protocol/version.hpp"
#include "protocol/wire_reader.hpp"
#include "protocol/wire_writer.hpp"

namespace kreel::protocol {

/// Writes the body of `message` in `version`. A non-default value that the version cannot carry
/// sets out.error() unless the field is ignorable. Instantiated once per message, in
/// messages/*.cpp.
template <class Message>
void encode(const Message& message, Version version, WireWriter& out);

/// Reads the body of a message. `message` must be freshly constructed; fields that `version` lacks
/// keep their defaults. Malformed input sets in.failed(). Records and nothing else alias the frame.
template <class Message>
void decode(Message& message, Version version, WireReader& in);

}  // namespace kreel::protocol
