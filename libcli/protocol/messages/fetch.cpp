#include "protocol/messages/fetch.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(FetchRequest)
KREEL_INSTANTIATE_MESSAGE(FetchResponse)
