#pragma once

#include "protocol/all_messages.hpp"
#include "protocol/messages/add_offsets_to_txn.hpp"
#include "protocol/messages/add_partitions_to_txn.hpp"
#include "protocol/messages/consumer_protocol.hpp"
#include "protocol/messages/describe_transactions.hpp"
#include "protocol/messages/end_txn.hpp"
#include "protocol/messages/group_records.hpp"
#include "protocol/messages/list_transactions.hpp"
#include "protocol/messages/request_header.hpp"
#include "protocol/messages/transaction_records.hpp"
#include "protocol/messages/txn_offset_commit.hpp"

namespace kreel::protocol {

/// Calls visit.operator()<Message>("Message") for the messages of every API.
template <class Visit>
void for_each_api_message(Visit&& visit) {
#define KREEL_SERVED_API(Name, file)                         \
  visit.template operator()<Name##Request>(#Name "Request"); \
  visit.template operator()<Name##Response>(#Name "Response");
#include "protocol/apis.def"
#undef KREEL_SERVED_API
}

/// Messages of APIs that are not served.
template <class Visit>
void for_each_unserved_message(Visit&& visit) {
  visit.template operator()<AddPartitionsToTxnRequest>("AddPartitionsToTxnRequest");
  visit.template operator()<AddPartitionsToTxnResponse>("AddPartitionsToTxnResponse");
  visit.template operator()<AddOffsetsToTxnRequest>("AddOffsetsToTxnRequest");
  visit.template operator()<AddOffsetsToTxnResponse>("AddOffsetsToTxnResponse");
  visit.template operator()<EndTxnRequest>("EndTxnRequest");
  visit.template operator()<EndTxnResponse>("EndTxnResponse");
  visit.template operator()<TxnOffsetCommitRequest>("TxnOffsetCommitRequest");
  visit.template operator()<TxnOffsetCommitResponse>("TxnOffsetCommitResponse");
  visit.template operator()<DescribeTransactionsRequest>("DescribeTransactionsRequest");
  visit.template operator()<DescribeTransactionsResponse>("DescribeTransactionsResponse");
  visit.template operator()<ListTransactionsRequest>("ListTransactionsRequest");
  visit.template operator()<ListTransactionsResponse>("ListTransactionsResponse");
}

/// The messages outside of requests: headers, and what the coordinators keep in their records.
template <class Visit>
void for_each_data_message(Visit&& visit) {
  visit.template operator()<RequestHeader>("RequestHeader");
  visit.template operator()<ResponseHeader>("ResponseHeader");
  visit.template operator()<ConsumerProtocolSubscription>("ConsumerProtocolSubscription");
  visit.template operator()<ConsumerProtocolAssignment>("ConsumerProtocolAssignment");
  visit.template operator()<OffsetCommitKey>("OffsetCommitKey");
  visit.template operator()<OffsetCommitValue>("OffsetCommitValue");
  visit.template operator()<GroupMetadataKey>("GroupMetadataKey");
  visit.template operator()<GroupMetadataValue>("GroupMetadataValue");
  visit.template operator()<TransactionLogKey>("TransactionLogKey");
  visit.template operator()<TransactionLogValue>("TransactionLogValue");
}

template <class Visit>
void for_each_message(Visit&& visit) {
  for_each_api_message(visit);
  for_each_unserved_message(visit);
  for_each_data_message(visit);
}

}  // namespace kreel::protocol
