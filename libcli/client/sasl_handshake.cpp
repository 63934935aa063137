#include "client/sasl_handshake.hpp"

#include "protocol/codec_impl.hpp"

namespace kreel::protocol {

template void encode(const client::SaslHandshakeRequest&, Version, WireWriter&);
template void decode(client::SaslHandshakeRequest&, Version, WireReader&);
template void encode(const client::SaslHandshakeResponse&, Version, WireWriter&);
template void decode(client::SaslHandshakeResponse&, Version, WireReader&);

}  // namespace kreel::protocol
