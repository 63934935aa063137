#pragma once

#include "protocol/error_code.hpp"
#include "protocol/messages/txn_offset_commit.hpp"

namespace kreel::coordinator {

/// The same error for every partition of the request.
inline protocol::TxnOffsetCommitResponse refused_commit(
    const protocol::TxnOffsetCommitRequest& request, protocol::ErrorCode error) {
  protocol::TxnOffsetCommitResponse response;
  for (const auto& topic : request.topics) {
    auto& told = response.topics.emplace_back();
    told.name = topic.name;
    for (const auto& partition : topic.partitions) {
      told.partitions.push_back({partition.partition_index, error});
    }
  }
  return response;
}

}  // namespace kreel::coordinator
