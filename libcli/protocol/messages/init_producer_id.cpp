#include "protocol/messages/init_producer_id.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(InitProducerIdRequest)
KREEL_INSTANTIATE_MESSAGE(InitProducerIdResponse)
