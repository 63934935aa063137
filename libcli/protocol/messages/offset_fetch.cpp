#include "protocol/messages/offset_fetch.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(OffsetFetchRequest)
KREEL_INSTANTIATE_MESSAGE(OffsetFetchResponse)
