#include "protocol/messages/sasl_authenticate.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(SaslAuthenticateRequest)
KREEL_INSTANTIATE_MESSAGE(SaslAuthenticateResponse)
