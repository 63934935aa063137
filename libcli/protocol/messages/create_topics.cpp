#include "protocol/messages/create_topics.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(CreateTopicsRequest)
KREEL_INSTANTIATE_MESSAGE(CreateTopicsResponse)
