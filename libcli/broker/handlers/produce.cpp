// Produce, versions 3-13 (0-2 are advertised and closed on, as Apache Kafka does).
//   5: log start offset in the reply   7: zstd allowed   8: errors per record
//   9: flexible   10: current leader in the reply   11: TRANSACTION_ABORTABLE (KIP-890)
//   12: adds its partitions to the transaction (KIP-890)   13: topic ids (KIP-516)

#include "broker/handlers/handlers.hpp"
#include "broker/produce_operation.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;

void reject_acks(Call<protocol::Produce> call) {
  protocol::ProduceResponse response;
  for (const auto& topic : call.request.topic_data) {
    auto& out = response.responses.emplace_back();
    out.name = topic.name;
    out.topic_id = topic.topic_id;
    for (const auto& data : topic.partition_data) {
      auto& answer = out.partition_responses.emplace_back();
      answer.index = data.index;
      answer.error_code = ErrorCode::INVALID_REQUIRED_ACKS;
      answer.base_offset = -1;
    }
  }
  call.reply(response);
}

}  // namespace

void handle(Call<protocol::Produce> call, RequestContext& context) {
  const std::int16_t acks = call.request.acks;
  if (acks != 0 && acks != 1 && acks != -1) return reject_acks(std::move(call));
  ProduceOperation::start(std::move(call), context);
}

}  // namespace kreel::broker
