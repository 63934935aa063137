#include <fmt/format.h>

#include "protocol/record_batch.hpp"
#include "sim/transactions.hpp"

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

constexpr std::int32_t kTransactionTimeoutMs = 4'000;

struct Versions {
  protocol::Version produce, end, commit_offsets;
};
constexpr Versions kFirstVersion{11, 4, 4};
constexpr Versions kSecondVersion{12, 5, 5};

}  // namespace

TransactionActor::TransactionActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                                   const std::string& name, std::vector<TopicPartition> targets)
    : Actor(world, ledger, node, weather, name),
      targets_(std::move(targets)),
      second_version_(world.one_in(2)),
      sequences_(targets_.size(), 0) {}

const TopicPartition& TransactionActor::source() {
  static const TopicPartition at{"a", 0};
  return at;
}

std::string TransactionActor::value_of(std::int64_t number) const {
  return fmt::format("{}-{}", name(), number);
}

bool TransactionActor::went_well(const char* step, ErrorCode error) {
  if (error == ErrorCode::NONE) return true;
  world_.trace(fmt::format("{} {}: {}", name(), step, protocol::to_string(error)));
  switch (error) {
    // The transaction took longer than its timeout, or an answer was lost on the way.
    case ErrorCode::INVALID_PRODUCER_EPOCH:
    case ErrorCode::PRODUCER_FENCED:
    case ErrorCode::INVALID_TXN_STATE:
    case ErrorCode::TRANSACTION_ABORTABLE:
    case ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER:
    case ErrorCode::INVALID_PRODUCER_ID_MAPPING:
      break;
    default:
      if (!protocol::is_retriable(error)) {
        world_.violation(fmt::format("{} {}: {}", name(), step, protocol::to_string(error)));
      }
  }
  start_over();
  return false;
}

template <class Api>
void TransactionActor::step(const char* what, const typename Api::Request& request,
                            protocol::Version version,
                            std::function<ErrorCode(const typename Api::Response&)> error_of,
                            std::function<void(const typename Api::Response&)> next) {
  client_.call<Api>(
      request,
      [this, what, attempt = attempt_, error_of = std::move(error_of),
       next = std::move(next)](auto response) {
        if (attempt != attempt_) return;
        if (!response) return start_over();
        if (went_well(what, error_of(*response))) next(*response);
      },
      version);
}

void TransactionActor::start_over() {
  ++attempt_;
  client_.disconnect();
  world_.after_ms(world_.between(10, 300), [this] { ask_for_id(); });
}

// Aborts what the producer before it has left open, or completes what it has decided.
void TransactionActor::ask_for_id() {
  protocol::InitProducerIdRequest request;
  request.transactional_id = name();
  request.transaction_timeout_ms = kTransactionTimeoutMs;
  step<protocol::InitProducerId>(
      "init", request, 5, [](const auto& response) { return response.error_code; },
      [this](const auto& response) {
        producer_id_ = response.producer_id;
        epoch_ = response.producer_epoch;
        sequences_.assign(targets_.size(), 0);
        begin();
      });
}

void TransactionActor::begin() {
  world_.after_ms(world_.between(0, 800), [this, attempt = attempt_] {
    if (attempt != attempt_) return;
    ++transaction_;
    commits_ = !world_.one_in(4);
    book_.fates[transaction_] = TransactionBook::Fate::kAborted;
    if (second_version_) return produce(0);
    add_partitions();
  });
}

void TransactionActor::add_partitions() {
  protocol::AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = name();
  request.v3_and_below_producer_id = producer_id_;
  request.v3_and_below_producer_epoch = epoch_;
  for (const TopicPartition& at : targets_) {
    request.v3_and_below_topics.push_back({at.topic, {at.partition}});
  }
  step<protocol::AddPartitionsToTxn>(
      "add partitions", request, 3,
      [](const auto& response) {
        for (const auto& topic : response.results_by_topic_v3_and_below) {
          for (const auto& partition : topic.results_by_partition) {
            if (partition.partition_error_code != ErrorCode::NONE) {
              return partition.partition_error_code;
            }
          }
        }
        return ErrorCode::NONE;
      },
      [this](const auto&) { produce(0); });
}

void TransactionActor::produce(std::size_t target) {
  if (target == targets_.size()) return second_version_ ? commit_offsets() : add_offsets();
  const std::string value = value_of(transaction_);
  ledger_.sent(value);
  protocol::BatchBuilder builder({.producer_id = producer_id_,
                                  .producer_epoch = epoch_,
                                  .base_sequence = sequences_[target]++,
                                  .transactional = true});
  builder.append({.timestamp = world_.clock().wall_ms(), .key = {}, .value = as_bytes(value)});
  const Bytes batch = builder.build();
  protocol::ProduceRequest request;
  request.transactional_id = name();
  request.acks = -1;
  request.timeout_ms = 30'000;
  auto& topic = request.topic_data.emplace_back();
  topic.name = targets_[target].topic;
  auto& partition = topic.partition_data.emplace_back();
  partition.index = targets_[target].partition;
  partition.records = protocol::Records::memory(batch, nullptr);
  step<protocol::Produce>(
      "produce", request, (second_version_ ? kSecondVersion : kFirstVersion).produce,
      [](const auto& response) {
        return response.responses.at(0).partition_responses.at(0).error_code;
      },
      [this, target](const auto&) { produce(target + 1); });
}

void TransactionActor::add_offsets() {
  protocol::AddOffsetsToTxnRequest request;
  request.transactional_id = name();
  request.producer_id = producer_id_;
  request.producer_epoch = epoch_;
  request.group_id = group();
  step<protocol::AddOffsetsToTxn>(
      "add offsets", request, 3, [](const auto& response) { return response.error_code; },
      [this](const auto&) { commit_offsets(); });
}

void TransactionActor::commit_offsets() {
  protocol::TxnOffsetCommitRequest request;
  request.transactional_id = name();
  request.group_id = group();
  request.producer_id = producer_id_;
  request.producer_epoch = epoch_;
  auto& topic = request.topics.emplace_back();
  topic.name = source().topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = source().partition;
  partition.committed_offset = transaction_;
  step<protocol::TxnOffsetCommit>(
      "commit offsets", request, (second_version_ ? kSecondVersion : kFirstVersion).commit_offsets,
      [](const auto& response) { return response.topics.at(0).partitions.at(0).error_code; },
      [this](const auto&) { end(); });
}

void TransactionActor::end() {
  protocol::EndTxnRequest request;
  request.transactional_id = name();
  request.producer_id = producer_id_;
  request.producer_epoch = epoch_;
  request.committed = commits_;
  auto& fate = book_.fates[transaction_];
  if (commits_) fate = TransactionBook::Fate::kUnknown;
  step<protocol::EndTxn>(
      "end", request, (second_version_ ? kSecondVersion : kFirstVersion).end,
      [](const auto& response) { return response.error_code; },
      [this](const auto& response) {
        if (commits_) book_.fates[transaction_] = TransactionBook::Fate::kCommitted;
        world_.trace(fmt::format("{} {} transaction {}", name(), commits_ ? "committed" : "aborted",
                                 transaction_));
        progressed();
        if (second_version_) {
          if (response.producer_id != producer_id_ || response.producer_epoch != epoch_) {
            sequences_.assign(targets_.size(), 0);
          }
          producer_id_ = response.producer_id;
          epoch_ = response.producer_epoch;
        }
        begin();
      });
}

}  // namespace kreel::sim
