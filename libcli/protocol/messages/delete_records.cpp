#include "protocol/messages/delete_records.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(DeleteRecordsRequest)
KREEL_INSTANTIATE_MESSAGE(DeleteRecordsResponse)
