#include "protocol/messages/find_coordinator.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(FindCoordinatorRequest)
KREEL_INSTANTIATE_MESSAGE(FindCoordinatorResponse)
