#include "protocol/messages/elect_leaders.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(ElectLeadersRequest)
KREEL_INSTANTIATE_MESSAGE(ElectLeadersResponse)
