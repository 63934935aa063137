#include "protocol/messages/list_groups.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ListGroupsRequest)
KREEL_INSTANTIATE_MESSAGE(ListGroupsResponse)
