#include <array>
#include <new>
#include <type_traits>

#include "broker/broker.hpp"
#include "broker/call.hpp"
#include "broker/error_replies.hpp"
#include "broker/produce_operation.hpp"
#include "protocol/all_messages.hpp"
#include "protocol/codec.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::WireReader;

template <class Api>
bool decode_and_refuse(WireReader& in, ReplyTicket ticket, RequestContext& context,
                       ErrorCode error) {
  typename Api::Request request;
  try {
    protocol::decode(request, context.version, in);
  } catch (const std::bad_alloc&) {
    in.fail();
  }
  if (in.failed()) {
    ticket.abandon();
    return false;
  }
  const auto response = error_reply<Api>(request, context, error);
  Call<Api> call(std::move(request), std::move(ticket));
  if constexpr (std::is_same_v<Api, protocol::Produce>) {
    if (protocol::is_retriable(error)) ProduceOperation::note_refusal(call.request, context);
    // Nothing else can be said to a client that waits for no reply.
    if (call.request.acks == 0) {
      call.close("a fault was asked for: a Produce with acks=0 failed");
      return true;
    }
  }
  call.reply(response);
  return true;
}

using Refuse = bool (*)(WireReader& in, ReplyTicket ticket, RequestContext& context,
                        ErrorCode error);

constexpr auto kRefusals = std::to_array<Refuse>({
#define KREEL_SERVED_API(Name, file) &decode_and_refuse<protocol::Name>,
#include "protocol/apis.def"
#undef KREEL_SERVED_API
});

}  // namespace

bool answer_with_error(std::size_t api_index, WireReader& in, ReplyTicket ticket,
                       RequestContext& context, ErrorCode error) {
  return kRefusals[api_index](in, std::move(ticket), context, error);
}

}  // namespace kreel::broker
