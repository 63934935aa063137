#include "protocol/messages/alter_replica_log_dirs.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(AlterReplicaLogDirsRequest)
KREEL_INSTANTIATE_MESSAGE(AlterReplicaLogDirsResponse)
