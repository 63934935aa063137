#pragma once

#include <cstddef>

#include "broker/call.hpp"
#include "broker/request_context.hpp"
#include "protocol/error_code.hpp"
#include "protocol/wire_reader.hpp"

namespace kreel::broker {

/// Decodes a request of the API at this place of protocol::api_table() and answers `error`, without
/// doing what it asks: where Kafka puts it, for each topic and partition or at the top. False for a
/// malformed request, which nobody has answered then.
bool answer_with_error(std::size_t api_index, protocol::WireReader& in, ReplyTicket ticket,
                       RequestContext& context, protocol::ErrorCode error);

/// The same as a response, for an error in all that the request is about.
template <class Api>
typename Api::Response error_reply(const typename Api::Request& request, RequestContext& context,
                                   protocol::ErrorCode error);

}  // namespace kreel::broker
