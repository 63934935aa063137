#include "protocol/messages/delete_topics.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DeleteTopicsRequest)
KREEL_INSTANTIATE_MESSAGE(DeleteTopicsResponse)
