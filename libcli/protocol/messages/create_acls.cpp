#include "protocol/messages/create_acls.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(CreateAclsRequest)
KREEL_INSTANTIATE_MESSAGE(CreateAclsResponse)
