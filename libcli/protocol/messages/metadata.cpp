#include "protocol/messages/metadata.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(MetadataRequest)
KREEL_INSTANTIATE_MESSAGE(MetadataResponse)
