#include "protocol/messages/transaction_records.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(TransactionLogKey)
KREEL_INSTANTIATE_MESSAGE(TransactionLogValue)
