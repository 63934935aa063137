#include "protocol/messages/txn_offset_commit.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(TxnOffsetCommitRequest)
KREEL_INSTANTIATE_MESSAGE(TxnOffsetCommitResponse)
