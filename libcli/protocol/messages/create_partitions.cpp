#include "protocol/messages/create_partitions.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(CreatePartitionsRequest)
KREEL_INSTANTIATE_MESSAGE(CreatePartitionsResponse)
