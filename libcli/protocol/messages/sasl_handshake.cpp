#include "protocol/messages/sasl_handshake.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(SaslHandshakeRequest)
KREEL_INSTANTIATE_MESSAGE(SaslHandshakeResponse)
