#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/call.hpp"
#include "broker/partition_lookup.hpp"
#include "broker/request_context.hpp"
#include "catalog/catalog.hpp"
#include "protocol/messages/produce.hpp"
#include "storage/flusher.hpp"
#include "storage/transaction.hpp"

namespace kreel::broker {

/// One Produce from its request to its reply: appends all batches, and answers once what it has
/// appended is durable. Transactions that have nothing in a partition yet are asked about first, at
/// their coordinator. Lives on its io thread.
class ProduceOperation {
 public:
  /// The one that may write to internal topics.
  static constexpr std::string_view kAdminClientId = "__admin_client";

  static void start(Call<protocol::Produce>&& call, RequestContext& context);
  /// For a request that is refused before it starts, for a reason that will pass.
  static void note_refusal(const protocol::ProduceRequest& request, RequestContext& context);

  ProduceOperation(Call<protocol::Produce>&& call, RequestContext& context);
  ProduceOperation(ProduceOperation&&) noexcept = default;
  ProduceOperation& operator=(ProduceOperation&&) = delete;

  // For ProduceGroup, of an operation with one batch.
  MutableByteView only_batch() const;
  void answer_only(const std::shared_ptr<storage::Log>& log, storage::AppendResult&& result);

 private:
  using TopicData = protocol::ProduceRequest::TopicProduceData;
  using PartitionData = protocol::ProduceRequest::PartitionProduceData;
  using TopicResponse = protocol::ProduceResponse::TopicProduceResponse;

  struct Refusal {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    std::string message;
  };
  /// What the coordinator said, or is to say, about a partition.
  struct Question {
    const PartitionData* data = nullptr;
    storage::TopicPartition partition;
    storage::TxnGuard guard;
    Refusal refusal;
  };

  // produce_verification.cpp
  bool adds_partitions() const;
  void find_questions(const catalog::Snapshot& snapshot);
  void ask(std::shared_ptr<ProduceOperation> self);
  void note_answer(std::size_t question, protocol::ErrorCode error);
  void keep_frame();
  const Question* question_about(const PartitionData& data) const;

  // produce_operation.cpp
  void find_denied(const Access& access, const catalog::Snapshot& snapshot);
  void append_and_answer(const catalog::Snapshot& snapshot);
  void append_all(const catalog::Snapshot& snapshot);
  TopicResponse& begin_topic(const TopicData& topic);
  void append_partition(const TopicData& topic, const PartitionData& data,
                        const catalog::Snapshot& snapshot, TopicResponse& out);
  void take_result(const PartitionData& data, const std::shared_ptr<storage::Log>& log,
                   storage::AppendResult&& result, TopicResponse& out);
  std::shared_ptr<storage::Log> log_of_small(const catalog::Snapshot& snapshot) const;
  PartitionLookup look_up(const catalog::Snapshot& snapshot, const TopicData& topic,
                          PartitionId index) const;
  Refusal check(const PartitionData& data, const catalog::Topic& topic) const;
  void answer();
  MutableByteView writable(ByteView part) const;

  Broker& broker_;
  IoThread& io_;
  bool is_admin_client_;
  bool disk_is_full_;
  MutableByteView frame_;
  std::unique_ptr<Bytes> kept_frame_;
  Call<protocol::Produce> call_;
  std::vector<Question> questions_;
  std::vector<const TopicData*> denied_;
  protocol::ProduceResponse response_;
  std::vector<storage::DurableTarget> not_yet_durable_;
  bool failed_ = false;
};

}  // namespace kreel::broker
