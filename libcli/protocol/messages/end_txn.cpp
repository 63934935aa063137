#include "protocol/messages/end_txn.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(EndTxnRequest)
KREEL_INSTANTIATE_MESSAGE(EndTxnResponse)
