#include "protocol/messages/write_txn_markers.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(WriteTxnMarkersRequest)
KREEL_INSTANTIATE_MESSAGE(WriteTxnMarkersResponse)
