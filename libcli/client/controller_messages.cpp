#include "client/controller_messages.hpp"

#include "protocol/codec_impl.hpp"

namespace kreel::protocol {

template void encode(const client::UnregisterBrokerRequest&, Version, WireWriter&);
template void decode(client::UnregisterBrokerRequest&, Version, WireReader&);
template void encode(const client::UnregisterBrokerResponse&, Version, WireWriter&);
template void decode(client::UnregisterBrokerResponse&, Version, WireReader&);
template void encode(const client::AddRaftVoterRequest&, Version, WireWriter&);
template void decode(client::AddRaftVoterRequest&, Version, WireReader&);
template void encode(const client::AddRaftVoterResponse&, Version, WireWriter&);
template void decode(client::AddRaftVoterResponse&, Version, WireReader&);
template void encode(const client::RemoveRaftVoterRequest&, Version, WireWriter&);
template void decode(client::RemoveRaftVoterRequest&, Version, WireReader&);
template void encode(const client::RemoveRaftVoterResponse&, Version, WireWriter&);
template void decode(client::RemoveRaftVoterResponse&, Version, WireReader&);

}  // namespace kreel::protocol
