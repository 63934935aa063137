#include "protocol/messages/list_transactions.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ListTransactionsRequest)
KREEL_INSTANTIATE_MESSAGE(ListTransactionsResponse)
