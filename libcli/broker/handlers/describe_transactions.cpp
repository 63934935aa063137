// DescribeTransactions, version 0.

#include "broker/handlers/group_call.hpp"
#include "broker/handlers/transaction_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::DescribeTransactions> call, RequestContext& context) {
  auto ids = std::move(call.request.transactional_ids);
  context.broker.transactions().router().describe(context.io.executor(), std::move(ids),
                                                  reply_to(std::move(call)));
}

}  // namespace kreel::broker
