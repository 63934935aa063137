#include "protocol/messages/update_features.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(UpdateFeaturesRequest)
KREEL_INSTANTIATE_MESSAGE(UpdateFeaturesResponse)
