#include "protocol/messages/describe_configs.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeConfigsRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeConfigsResponse)
