#include "protocol/messages/leave_group.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(LeaveGroupRequest)
KREEL_INSTANTIATE_MESSAGE(LeaveGroupResponse)
