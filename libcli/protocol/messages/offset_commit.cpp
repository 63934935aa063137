#include "protocol/messages/offset_commit.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(OffsetCommitRequest)
KREEL_INSTANTIATE_MESSAGE(OffsetCommitResponse)
