#include "protocol/messages/describe_cluster.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeClusterRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeClusterResponse)
