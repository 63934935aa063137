#include "protocol/messages/consumer_protocol.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ConsumerProtocolSubscription)
KREEL_INSTANTIATE_MESSAGE(ConsumerProtocolAssignment)
