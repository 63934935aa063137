#pragma once

// The definitions behind codec.hpp; included by messages/*.cpp alone.

#include "protocol/codec.hpp"
#include "protocol/decoder.hpp"
#include "protocol/encoder.hpp"

namespace kreel::protocol {

template <class Message>
void encode(const Message& message, Version version, WireWriter& out) {
  encode_struct(message, {version, Message::versions.flexible(version)}, out);
}

template <class Message>
void decode(Message& message, Version version, WireReader& in) {
  decode_struct(message, {version, Message::versions.flexible(version)}, in);
}

}  // namespace kreel::protocol

#define KREEL_INSTANTIATE_MESSAGE(Message)                                                         \
  template void kreel::protocol::encode(const kreel::protocol::Message&, kreel::protocol::Version, \
                                        kreel::protocol::WireWriter&);                             \
  template void kreel::protocol::decode(kreel::protocol::Message&, kreel::protocol::Version,       \
                                        kreel::protocol::WireReader&);
