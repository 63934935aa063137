// OffsetDelete, version 0 (KIP-496).

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::OffsetDelete> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().delete_offsets(context.io.executor(), std::move(request),
                                                  reply_to(std::move(call)));
}

}  // namespace kreel::broker
