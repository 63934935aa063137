#include "protocol/messages/alter_partition_reassignments.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(AlterPartitionReassignmentsRequest)
KREEL_INSTANTIATE_MESSAGE(AlterPartitionReassignmentsResponse)
