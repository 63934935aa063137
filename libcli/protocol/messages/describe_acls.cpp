#include "protocol/messages/describe_acls.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeAclsRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeAclsResponse)
