#pragma once

#include "protocol/messages/offset_fetch.hpp"

namespace kreel::coordinator {

/// The groups of an OffsetFetch of any version in the form of v8+, each once. v1 cannot say "all
/// topics": its empty list means none.
std::vector<protocol::OffsetFetchRequest::OffsetFetchRequestGroup> groups_of(
    protocol::OffsetFetchRequest request, protocol::Version version);

/// The reply of `version` from those of its groups, in the order asked. v0-7 have one group: v2-7
/// tell its error at the top, v1 has no such field and tells it in every partition, so `request`
/// names them.
protocol::OffsetFetchResponse offset_fetch_response(
    std::vector<protocol::OffsetFetchResponse::OffsetFetchResponseGroup> groups,
    const protocol::OffsetFetchRequest& request, protocol::Version version);

}  // namespace kreel::coordinator
