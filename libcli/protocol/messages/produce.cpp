#include "protocol/messages/produce.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ProduceRequest)
KREEL_INSTANTIATE_MESSAGE(ProduceResponse)
