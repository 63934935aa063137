#include "protocol/messages/list_offsets.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ListOffsetsRequest)
KREEL_INSTANTIATE_MESSAGE(ListOffsetsResponse)
