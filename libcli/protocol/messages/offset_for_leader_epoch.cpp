#include "protocol/messages/offset_for_leader_epoch.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(OffsetForLeaderEpochRequest)
KREEL_INSTANTIATE_MESSAGE(OffsetForLeaderEpochResponse)
