// FindCoordinator, versions 0-6.
//   1: key type, error text   3: flexible   4: several keys   5: transactions v2   6: share groups
// One node is the coordinator of every group and transaction. Share groups have none here. A group
// without a name cannot be joined, but offsets can be committed for it, as in Kafka.

#include <set>
#include <string_view>

#include "broker/broker.hpp"
#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/handlers.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::FindCoordinatorResponse;

constexpr std::int8_t kGroupKey = 0;
constexpr std::int8_t kTransactionKey = 1;
constexpr protocol::Version kFirstVersionWithKeys = 4;

FindCoordinatorResponse::Coordinator answer(const std::string& key, std::int8_t key_type,
                                            const RequestContext& context) {
  FindCoordinatorResponse::Coordinator out;
  out.key = key;
  out.node_id = -1;
  out.port = -1;
  if (key_type != kGroupKey && key_type != kTransactionKey) {
    out.error_code = ErrorCode::INVALID_REQUEST;
    out.error_message = "unknown coordinator key type";
  } else {
    const BrokerAddress self = own_address(context);
    out.node_id = self.node_id;
    out.host = self.host;
    out.port = self.port;
  }
  return out;
}

}  // namespace

void handle(Call<protocol::FindCoordinator> call, RequestContext& context) {
  FindCoordinatorResponse response;
  const std::int8_t key_type = call.request.key_type;
  if (context.version >= kFirstVersionWithKeys) {
    std::set<std::string_view> answered;
    for (const std::string& key : call.request.coordinator_keys) {
      if (!answered.insert(key).second) continue;
      response.coordinators.push_back(answer(key, key_type, context));
    }
    return call.reply(response);
  }
  FindCoordinatorResponse::Coordinator only = answer(call.request.key, key_type, context);
  response.error_code = only.error_code;
  response.error_message = only.error_message;
  response.node_id = only.node_id;
  response.host = only.host;
  response.port = only.port;
  call.reply(response);
}

}  // namespace kreel::broker
