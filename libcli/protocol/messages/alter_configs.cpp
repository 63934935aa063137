#include "protocol/messages/alter_configs.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(AlterConfigsRequest)
KREEL_INSTANTIATE_MESSAGE(AlterConfigsResponse)
