#include "protocol/messages/offset_delete.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(OffsetDeleteRequest)
KREEL_INSTANTIATE_MESSAGE(OffsetDeleteResponse)
