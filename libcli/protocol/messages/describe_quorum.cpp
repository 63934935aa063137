#include "protocol/messages/describe_quorum.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeQuorumRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeQuorumResponse)
