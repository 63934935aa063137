#include "protocol/messages/describe_client_quotas.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DescribeClientQuotasRequest)
KREEL_INSTANTIATE_MESSAGE(DescribeClientQuotasResponse)
