#include "protocol/messages/api_versions.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ApiVersionsRequest)
KREEL_INSTANTIATE_MESSAGE(ApiVersionsResponse)
