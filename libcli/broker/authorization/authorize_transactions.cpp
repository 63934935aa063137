#include "broker/authorization/authorize.hpp"

namespace kreel::broker {

using protocol::ErrorCode;

bool authorize(Call<protocol::InitProducerId>& call, RequestContext& context) {
  if (call.request.transactional_id) {
    return require(call, context, rules::init_transactional, *call.request.transactional_id);
  }
  if (context.access.may(rules::init_idempotent)) return true;
  return context.access.may_with_any(rules::init_writer) ||
         refuse(call, context, rules::init_writer);
}

/// Its handler asks for the topics: one that is denied keeps the others out of the transaction.
bool authorize(Call<protocol::AddPartitionsToTxn>& call, RequestContext& context) {
  constexpr protocol::Version kFirstOfBrokers = 4;
  if (context.version >= kFirstOfBrokers) {
    return require(call, context, rules::add_partitions_many);
  }
  return require(call, context, rules::add_partitions_transactional,
                 call.request.v3_and_below_transactional_id);
}

bool authorize(Call<protocol::AddOffsetsToTxn>& call, RequestContext& context) {
  return require(call, context, rules::add_offsets_transactional, call.request.transactional_id) &&
         require(call, context, rules::add_offsets_group, call.request.group_id);
}

bool authorize(Call<protocol::TxnOffsetCommit>& call, RequestContext& context) {
  const auto& request = call.request;
  return require(call, context, rules::txn_commit_transactional, request.transactional_id) &&
         require(call, context, rules::txn_commit_group, request.group_id) &&
         require_for_each(
             call, context, rules::txn_commit, &protocol::TxnOffsetCommitRequest::topics,
             &protocol::TxnOffsetCommitResponse::topics,
             [&](const auto& topic) { return context.access.may(rules::txn_commit, topic.name); });
}

bool authorize(Call<protocol::EndTxn>& call, RequestContext& context) {
  return require(call, context, rules::end_txn, call.request.transactional_id);
}

bool authorize(Call<protocol::WriteTxnMarkers>& call, RequestContext& context) {
  return context.access.may(rules::write_markers_alter) ||
         require(call, context, rules::write_markers);
}

bool authorize(Call<protocol::DescribeTransactions>& call, RequestContext& context) {
  call.before_reply([access = context.access.kept()](auto& response) {
    for (auto& transaction : response.transaction_states) {
      std::erase_if(transaction.topics, [&](const auto& topic) {
        return !access.may(rules::describe_transactions_topics, topic.topic);
      });
    }
  });
  return require_for_each(
      call, context, rules::describe_transactions,
      &protocol::DescribeTransactionsRequest::transactional_ids,
      &protocol::DescribeTransactionsResponse::transaction_states,
      [&](const auto& id) { return context.access.may(rules::describe_transactions, id); });
}

bool authorize(Call<protocol::ListTransactions>& call, RequestContext& context) {
  call.before_reply([access = context.access.kept()](auto& response) {
    std::erase_if(response.transaction_states, [&](const auto& listed) {
      return !access.may(rules::list_transactions, listed.transactional_id);
    });
  });
  return true;
}

}  // namespace kreel::broker
