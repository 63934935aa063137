#include "protocol/messages/incremental_alter_configs.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(IncrementalAlterConfigsRequest)
KREEL_INSTANTIATE_MESSAGE(IncrementalAlterConfigsResponse)
