#include "protocol/messages/add_partitions_to_txn.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(AddPartitionsToTxnRequest)
KREEL_INSTANTIATE_MESSAGE(AddPartitionsToTxnResponse)
