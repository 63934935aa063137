#include "protocol/messages/describe_groups.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeGroupsRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeGroupsResponse)
