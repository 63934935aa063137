#include "protocol/messages/alter_client_quotas.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(AlterClientQuotasRequest)
KREEL_INSTANTIATE_MESSAGE(AlterClientQuotasResponse)
