#include "protocol/messages/join_group.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(JoinGroupRequest)
KREEL_INSTANTIATE_MESSAGE(JoinGroupResponse)
