// ListTransactions, versions 0-2.
//   1: filter by duration (KIP-994)   2: filter by a pattern of the transactional id (KIP-1152)

#include <re2/re2.h>

#include <algorithm>

#include "broker/handlers/transaction_call.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::ListTransactionsResponse;

/// Null for no filter.
std::shared_ptr<const re2::RE2> pattern_of(const protocol::ListTransactionsRequest& request) {
  const auto& pattern = request.transactional_id_pattern;
  if (!pattern || pattern->empty()) return nullptr;
  return std::make_shared<const re2::RE2>(*pattern, re2::RE2::Quiet);
}

}  // namespace

void handle(Call<protocol::ListTransactions> call, RequestContext& context) {
  const auto pattern = pattern_of(call.request);
  if (pattern != nullptr && !pattern->ok()) {
    ListTransactionsResponse response;
    response.error_code = ErrorCode::INVALID_REGULAR_EXPRESSION;
    return call.reply(response);
  }
  auto request = std::move(call.request);
  auto waiting = std::make_shared<Call<protocol::ListTransactions>>(std::move(call));
  context.broker.transactions().router().list(
      context.io.executor(), std::move(request),
      [waiting, pattern](ListTransactionsResponse response) {
        std::erase_if(response.transaction_states, [&](const auto& listed) {
          return pattern != nullptr && !re2::RE2::FullMatch(listed.transactional_id, *pattern);
        });
        waiting->reply(response);
      });
}

}  // namespace kreel::broker
