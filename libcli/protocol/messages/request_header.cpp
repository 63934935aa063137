#include "protocol/messages/request_header.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(RequestHeader)
KREEL_INSTANTIATE_MESSAGE(ResponseHeader)
