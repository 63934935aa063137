#include "protocol/messages/describe_transactions.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeTransactionsRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeTransactionsResponse)
