#include "client/consumer_group_describe.hpp"

#include "protocol/codec_impl.hpp"

namespace kreel::protocol {

template void encode(const client::ConsumerGroupDescribeRequest&, Version, WireWriter&);
template void decode(client::ConsumerGroupDescribeRequest&, Version, WireReader&);
template void encode(const client::ConsumerGroupDescribeResponse&, Version, WireWriter&);
template void decode(client::ConsumerGroupDescribeResponse&, Version, WireReader&);

}  // namespace kreel::protocol
