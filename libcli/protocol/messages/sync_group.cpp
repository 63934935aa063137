#include "protocol/messages/sync_group.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(SyncGroupRequest)
KREEL_INSTANTIATE_MESSAGE(SyncGroupResponse)
