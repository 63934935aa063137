// Fetch, versions 4-18.
//   5: log start offset   7: sessions (KIP-227)   9: leader epochs (KIP-320)   11: rack
//   12: flexible, diverging epochs   13: topic ids (KIP-516)   15: replica state   16: node
//   endpoints 17, 18: fields of followers, which this broker has none of

#include "broker/broker.hpp"
#include "broker/fetch_operation.hpp"
#include "broker/handlers/handlers.hpp"

namespace kreel::broker {

void handle(Call<protocol::Fetch> call, RequestContext& context) {
  // A client that poses as a follower would read past the high watermark (CVE-2018-1288).
  if (call.request.replica_id >= 0 || call.request.replica_state.replica_id >= 0) {
    return call.close("a fetch of a follower: this broker has no replicas");
  }
  FetchSessionCache::Opened opened = context.broker.fetch_sessions().open(
      call.request, context.version, context.broker.clock().monotonic_ms());
  if (opened.error != protocol::ErrorCode::NONE) {
    protocol::FetchResponse response;
    response.error_code = opened.error;
    return call.reply(response);
  }
  std::make_shared<FetchOperation>(context.broker, context.io, std::move(call), std::move(opened),
                                   context.access)
      ->start();
}

}  // namespace kreel::broker
