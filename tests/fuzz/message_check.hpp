#pragma once

#include "fuzz/fuzz_input.hpp"
#include "protocol/codec.hpp"

namespace kreel::protocol {

/// Decodes `body`; what decodes must encode, and decode to the same message again.
template <class Message>
void check_message(ByteView body, Version version) {
  WireReader in(body);
  Message message;
  decode(message, version, in);
  if (in.failed()) return;
  WireWriter out;
  encode(message, version, out);
  FUZZ_CHECK(!out.failed());
  WireReader again(out.bytes());
  Message back;
  decode(back, version, again);
  FUZZ_CHECK(!again.failed());
  FUZZ_CHECK(again.remaining() == 0);
  // A double that is not a number is not equal to itself: encoded bytes are compared then.
  if (back == message) return;
  WireWriter twice;
  encode(back, version, twice);
  FUZZ_CHECK(twice.take().bytes == out.take().bytes);
}

}  // namespace kreel::protocol
