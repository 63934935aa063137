#include "protocol/messages/add_offsets_to_txn.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(AddOffsetsToTxnRequest)
KREEL_INSTANTIATE_MESSAGE(AddOffsetsToTxnResponse)
