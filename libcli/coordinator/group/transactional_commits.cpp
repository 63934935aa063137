#include <utility>

#include "coordinator/group/coordinator.hpp"
#include "coordinator/group/refused_commit.hpp"
#include "coordinator/limits.hpp"

// TxnOffsetCommit: offsets that a producer commits with its transaction (KIP-98, KIP-447).

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::OffsetCommitRequest;
using protocol::OffsetCommitResponse;
using protocol::TxnOffsetCommitRequest;
using protocol::TxnOffsetCommitResponse;

namespace {

/// Clients of v4 know TRANSACTION_ABORTABLE.
constexpr protocol::Version kTransactionAbortableFrom = 4;

/// What the transaction coordinator says, in words of this API.
ErrorCode verification_error(ErrorCode error, protocol::Version version) {
  switch (error) {
    case ErrorCode::PRODUCER_FENCED:
      return ErrorCode::INVALID_PRODUCER_EPOCH;
    case ErrorCode::TRANSACTION_ABORTABLE:
      return version >= kTransactionAbortableFrom ? error : ErrorCode::INVALID_TXN_STATE;
    case ErrorCode::CONCURRENT_TRANSACTIONS:
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
      // It is the other coordinator that is to be asked again; this one is well.
      return ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    default:
      return error;
  }
}

OffsetCommitRequest plain_commit(const TxnOffsetCommitRequest& request) {
  OffsetCommitRequest plain;
  plain.group_id = request.group_id;
  for (const auto& topic : request.topics) {
    auto& named = plain.topics.emplace_back();
    named.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& offset = named.partitions.emplace_back();
      offset.partition_index = partition.partition_index;
      offset.committed_offset = partition.committed_offset;
      offset.committed_leader_epoch = partition.committed_leader_epoch;
      offset.committed_metadata = partition.committed_metadata;
    }
  }
  return plain;
}

TxnOffsetCommitResponse transactional_response(const OffsetCommitResponse& plain) {
  TxnOffsetCommitResponse response;
  for (const auto& topic : plain.topics) {
    auto& told = response.topics.emplace_back();
    told.name = topic.name;
    for (const auto& partition : topic.partitions) {
      told.partitions.push_back({partition.partition_index, partition.error_code});
    }
  }
  return response;
}

}  // namespace

void GroupCoordinator::commit_in_transaction(const TxnOffsetCommitRequest& request,
                                             const GroupContext& context,
                                             const TransactionCheck& check,
                                             Reply<TxnOffsetCommitResponse> reply) {
  // Between the coordinator's word and the append a marker may end the transaction: what comes
  // after it would hang for ever (KIP-890).
  const auto is_open = std::make_shared<bool>(true);
  const auto noted = in_question_.emplace(request.producer_id, is_open);
  const auto life = std::weak_ptr(life_);
  check(environment_.executor, [this, life, noted, is_open, request, version = context.version,
                                reply = std::move(reply)](ErrorCode error) mutable {
    if (life.expired()) return reply(refused_commit(request, ErrorCode::NOT_COORDINATOR));
    const Outbox::Step step(environment_.outbox);
    if (*is_open) {
      in_question_.erase(noted);
    } else if (error == ErrorCode::NONE) {
      error = ErrorCode::INVALID_TXN_STATE;
    }
    if (error == ErrorCode::NONE) error = runtime_.availability();
    if (error == ErrorCode::NONE) return commit_verified(request, std::move(reply));
    environment_.outbox.send(reply, refused_commit(request, verification_error(error, version)));
  });
}

void GroupCoordinator::commit_verified(const TxnOffsetCommitRequest& request,
                                       Reply<TxnOffsetCommitResponse> reply) {
  write_offsets(plain_commit(request),
                {.by_topic_id = false,
                 .producer = RecordProducer{request.producer_id, request.producer_epoch},
                 .check = [&] { return check_transactional_commit(request); }},
                [reply = std::move(reply)](const OffsetCommitResponse& plain) {
                  reply(transactional_response(plain));
                });
}

ErrorCode GroupCoordinator::check_transactional_commit(const TxnOffsetCommitRequest& request) {
  const std::int32_t generation = request.generation_id_or_member_epoch;
  const Group* group = find(request.group_id);
  const bool is_empty = group == nullptr || group->is(GroupState::kEmpty);
  if (generation < 0 && is_empty) {
    if (exists(request.group_id)) return ErrorCode::NONE;
    return group_count() < kGroupsPerPartitionMax ? ErrorCode::NONE : ErrorCode::POLICY_VIOLATION;
  }
  if (!exists(request.group_id)) return ErrorCode::ILLEGAL_GENERATION;
  const bool names_member =
      generation >= 0 || !request.member_id.empty() || request.group_instance_id;
  // Producers before KIP-447 do not say whose offsets they commit.
  if (!names_member) return ErrorCode::NONE;
  if (group == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  const ErrorCode error = check_member(*group, request.member_id, request.group_instance_id);
  if (error != ErrorCode::NONE) return error;
  return generation == group->generation ? ErrorCode::NONE : ErrorCode::ILLEGAL_GENERATION;
}

void GroupCoordinator::end_transaction(const TransactionMarker& marker, Reply<ErrorCode> reply) {
  runtime_.write_marker(marker, [this, reply = std::move(reply)](ErrorCode error) mutable {
    environment_.outbox.send(reply, ErrorCode{error});
  });
}

void GroupCoordinator::replay_transaction_end(ProducerId producer_id, bool committed) {
  const auto [first, last] = in_question_.equal_range(producer_id);
  for (auto each = first; each != last; ++each) *each->second = false;
  in_question_.erase(first, last);
  durable_.replay_transaction_end(producer_id, committed);
}

}  // namespace kreel::coordinator
