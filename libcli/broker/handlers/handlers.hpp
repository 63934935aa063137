#pragma once

// One handler per API, each in handlers/<file>.cpp under the name that protocol/apis.def gives it.
// A handler answers its call, now or later, exactly once; it runs on the connection's io thread and
// must not block.

#include "broker/call.hpp"
#include "broker/request_context.hpp"
#include "protocol/all_messages.hpp"

namespace kreel::broker {

#define KREEL_SERVED_API(Name, file) \
  void handle(Call<protocol::Name> call, RequestContext& context);
#include "protocol/apis.def"
#undef KREEL_SERVED_API

/// ApiVersions in a version that this broker does not know: a version 0 body with
/// UNSUPPORTED_VERSION and the range that is served (KIP-511).
void answer_unsupported_api_versions(ReplyTicket ticket);

}  // namespace kreel::broker
