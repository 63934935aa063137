#include "protocol/messages/list_partition_reassignments.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ListPartitionReassignmentsRequest)
KREEL_INSTANTIATE_MESSAGE(ListPartitionReassignmentsResponse)
