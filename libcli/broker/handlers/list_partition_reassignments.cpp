// ListPartitionReassignments, version 0. Where there is one broker, nothing is ever on its way.

#include "broker/handlers/handlers.hpp"

namespace kreel::broker {

void handle(Call<protocol::ListPartitionReassignments> call, RequestContext&) {
  protocol::ListPartitionReassignmentsResponse response;
  response.error_message = std::nullopt;
  call.reply(response);
}

}  // namespace kreel::broker
