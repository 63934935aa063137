#include "protocol/messages/alter_user_scram_credentials.hpp"

#include "protocol/codec_impl.hpp"

KREEL_INSTANTIATE_MESSAGE(AlterUserScramCredentialsRequest)
KREEL_INSTANTIATE_MESSAGE(AlterUserScramCredentialsResponse)
