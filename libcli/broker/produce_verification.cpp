#include <algorithm>

#include <fmt/core.h>

#include "base/planted_bug.hpp"
#include "broker/broker.hpp"
#include "broker/produce_operation.hpp"
#include "broker/transaction_gate.hpp"

// No transactional batch goes into a log of which the coordinator does not know, for nobody would
// end its transaction there (KIP-890). Clients up to version 11 have added the partition before and
// it is only verified; from 12 on Produce adds it.

namespace kreel::broker {
namespace {

using protocol::ErrorCode;

constexpr protocol::Version kFirstVersionWithAbortable = 11;
constexpr protocol::Version kFirstVersionThatAdds = 12;

/// The word that a client of this version has for the coordinator's error.
ErrorCode error_for_client(ErrorCode error, protocol::Version version) {
  switch (error) {
    case ErrorCode::PRODUCER_FENCED:
      return ErrorCode::INVALID_PRODUCER_EPOCH;
    case ErrorCode::TRANSACTION_ABORTABLE:
      return version < kFirstVersionWithAbortable ? ErrorCode::INVALID_TXN_STATE : error;
    case ErrorCode::CONCURRENT_TRANSACTIONS:
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::NOT_COORDINATOR:
      // One that every producer retries, without asking for metadata first.
      return ErrorCode::NOT_ENOUGH_REPLICAS;
    default:
      return error;
  }
}

}  // namespace

bool ProduceOperation::adds_partitions() const {
  return call_.version() >= kFirstVersionThatAdds;
}

/// The partitions that get the first batch of a transaction.
void ProduceOperation::find_questions(const catalog::Snapshot& snapshot) {
  if (broker_.transaction_gate() == nullptr) return;
  for (const auto& topic : call_.request.topic_data) {
    for (const auto& data : topic.partition_data) {
      const auto found = look_up(snapshot, topic, data.index);
      if (found.log == nullptr || check(data, *found.topic).error != ErrorCode::NONE) continue;
      const auto header = protocol::read_batch_header(data.records.bytes());
      if (!header || !header->is_transactional()) continue;
      const auto guard = found.log->start_verification(
          {header->producer_id, header->producer_epoch, header->base_sequence, adds_partitions()});
      if (guard) questions_.push_back({&data, {found.topic->name, data.index}, guard, {}});
    }
  }
}

const ProduceOperation::Question* ProduceOperation::question_about(
    const PartitionData& data) const {
  for (const Question& question : questions_) {
    if (question.data == &data) return &question;
  }
  return nullptr;
}

/// The frame ends with the call of the handler: the batches are copied, and their views moved over.
void ProduceOperation::keep_frame() {
  kept_frame_ = std::make_unique<Bytes>(frame_.begin(), frame_.end());
  for (auto& topic : call_.request.topic_data) {
    for (auto& data : topic.partition_data) {
      if (data.records.is_null() || data.records.size_bytes() == 0) continue;
      const auto part = data.records.bytes();
      const auto at = static_cast<std::size_t>(part.data() - frame_.data());
      data.records =
          protocol::Records::memory(ByteView(*kept_frame_).subspan(at, part.size()), nullptr);
    }
  }
  frame_ = MutableByteView(*kept_frame_);
}

void ProduceOperation::ask(std::shared_ptr<ProduceOperation> self) {
  if (!KREEL_BUG("overtake_waiting")) call_.hold();
  coordinator::AddPartitions request;
  request.transactional_id = *call_.request.transactional_id;
  const auto header = protocol::read_batch_header(questions_.front().data->records.bytes());
  request.producer_id = header->producer_id;
  request.producer_epoch = header->producer_epoch;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    const auto other = protocol::read_batch_header(questions_[i].data->records.bytes());
    if (other->producer_id != header->producer_id ||
        other->producer_epoch != header->producer_epoch) {
      questions_[i].refusal = {ErrorCode::INVALID_PRODUCER_ID_MAPPING,
                               "a request has the transaction of one producer alone"};
      continue;
    }
    request.partitions.insert(questions_[i].partition);
  }
  const auto& gate = *broker_.transaction_gate();
  if (adds_partitions()) {
    request.client_version = coordinator::kTransactionsV2;
    return gate.add(io_.executor(), std::move(request), [self](ErrorCode error) {
      for (std::size_t i = 0; i < self->questions_.size(); ++i) self->note_answer(i, error);
      self->append_and_answer(*self->broker_.catalog().snapshot());
    });
  }
  const std::vector<storage::TopicPartition> order(request.partitions.begin(),
                                                   request.partitions.end());
  gate.verify(io_.executor(), std::move(request),
              [self, order](const std::vector<ErrorCode>& errors) {
                for (std::size_t i = 0; i < self->questions_.size(); ++i) {
                  const auto found = std::ranges::find(order, self->questions_[i].partition);
                  if (found == order.end()) continue;
                  self->note_answer(i, errors[static_cast<std::size_t>(found - order.begin())]);
                }
                self->append_and_answer(*self->broker_.catalog().snapshot());
              });
}

void ProduceOperation::note_answer(std::size_t question, ErrorCode error) {
  auto& refusal = questions_[question].refusal;
  if (error == ErrorCode::NONE || refusal.error != ErrorCode::NONE) return;
  refusal.error = error_for_client(error, call_.version());
  refusal.message =
      fmt::format("the coordinator of the transaction says {}", protocol::to_string(error));
}

}  // namespace kreel::broker
