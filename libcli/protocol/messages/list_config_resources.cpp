#include "protocol/messages/list_config_resources.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ListConfigResourcesRequest)
KREEL_INSTANTIATE_MESSAGE(ListConfigResourcesResponse)
