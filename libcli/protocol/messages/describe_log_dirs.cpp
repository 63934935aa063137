#include "protocol/messages/describe_log_dirs.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeLogDirsRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeLogDirsResponse)
