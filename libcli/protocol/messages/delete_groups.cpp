#include "protocol/messages/delete_groups.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DeleteGroupsRequest)
KREEL_INSTANTIATE_MESSAGE(DeleteGroupsResponse)
