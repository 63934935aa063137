#include "protocol/messages/heartbeat.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(HeartbeatRequest)
KREEL_INSTANTIATE_MESSAGE(HeartbeatResponse)
