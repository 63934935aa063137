#include "protocol/messages/describe_topic_partitions.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeTopicPartitionsRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeTopicPartitionsResponse)
