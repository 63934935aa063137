#include "protocol/messages/group_records.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(OffsetCommitKey)
KREEL_INSTANTIATE_MESSAGE(OffsetCommitValue)
KREEL_INSTANTIATE_MESSAGE(GroupMetadataKey)
KREEL_INSTANTIATE_MESSAGE(GroupMetadataValue)
