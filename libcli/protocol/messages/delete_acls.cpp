#include "protocol/messages/delete_acls.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DeleteAclsRequest)
KREEL_INSTANTIATE_MESSAGE(DeleteAclsResponse)
