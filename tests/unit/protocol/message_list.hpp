#pragma once

#include "protocol/all_messages.hpp"
#include "protocol/messages/consumer_protocol.hpp"
#include "protocol/messages/group_records.hpp"
#include "protocol/messages/request_header.hpp"
#include "protocol/messages/transaction_records.hpp"

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
  for_each_data_message(visit);
}

}  // namespace kreel::protocol
