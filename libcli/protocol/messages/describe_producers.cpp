#include "protocol/messages/describe_producers.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeProducersRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeProducersResponse)
