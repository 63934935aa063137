#include <algorithm>

#include <fmt/format.h>

#include "protocol/record_batch.hpp"
#include "sim/transactions.hpp"

// What a transactional producer writes, and what it is told of it.

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

/// Refused before anything was written.
bool is_plain_refusal(ErrorCode error) {
  switch (error) {
    case ErrorCode::INVALID_PRODUCER_EPOCH:
    case ErrorCode::PRODUCER_FENCED:
    case ErrorCode::INVALID_TXN_STATE:
    case ErrorCode::TRANSACTION_ABORTABLE:
    case ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER:
    case ErrorCode::INVALID_PRODUCER_ID_MAPPING:
    case ErrorCode::NOT_ENOUGH_REPLICAS:
      return true;
    default:
      return false;
  }
}

}  // namespace

// One batch of each partition after the other.
void TransactionActor::make_values() {
  auto next = sequences_;
  auto& values = entry().values;
  for (std::int64_t round = world_.between(1, 3); round > 0; --round) {
    for (std::size_t target = 0; target < targets_.size(); ++target) {
      TransactionEntry::Value value;
      value.target = target;
      value.text = fmt::format("{}-{}.{}", name(), transaction_, values.size());
      value.sequence = next[target]++;
      ledger_.sent(value.text);
      values.push_back(std::move(value));
    }
  }
}

void TransactionActor::send_batches() {
  for (std::size_t i = 0; i < entry().values.size(); ++i) {
    if (entry().values[i].word != Word::kTaken) send_batch(i);
  }
}

void TransactionActor::send_batch(std::size_t index) {
  auto& value = entry().values[index];
  value.word = Word::kUnknown;
  ++value.times_sent;
  ++in_flight_;
  protocol::BatchBuilder builder({.producer_id = producer_id_,
                                  .producer_epoch = epoch_,
                                  .base_sequence = value.sequence,
                                  .transactional = true});
  builder.append({.timestamp = world_.clock().wall_ms(), .key = {}, .value = as_bytes(value.text)});
  const Bytes batch = builder.build();
  protocol::ProduceRequest request;
  request.transactional_id = id_.name();
  request.acks = -1;
  request.timeout_ms = 30'000;
  auto& topic = request.topic_data.emplace_back();
  topic.name = targets_[value.target].topic;
  auto& partition = topic.partition_data.emplace_back();
  partition.index = targets_[value.target].partition;
  partition.records = protocol::Records::memory(batch, nullptr);
  client_.call<protocol::Produce>(
      request,
      [this, index, number = transaction_, attempt = attempt_,
       was_fenced = is_fenced()](auto response) {
        if (response) {
          const auto& answer = response->responses.at(0).partition_responses.at(0);
          note_answer(number, index, was_fenced, answer.error_code, answer.base_offset);
        } else {
          note_answer(number, index, was_fenced, std::nullopt, -1);
        }
        if (attempt == attempt_ && --in_flight_ == 0) batches_answered();
      },
      dialect_.produce);
}

void TransactionActor::note_answer(std::int64_t transaction, std::size_t index, bool was_fenced,
                                   std::optional<ErrorCode> error, Offset base_offset) {
  auto& values = book_[transaction].values;
  auto& value = values[index];
  if (error) judge("produce", *error);
  if (!error || (*error != ErrorCode::NONE && !is_plain_refusal(*error))) {
    value.may_be_there = true;
    return;
  }
  check_order(values, index, *error);
  if (*error != ErrorCode::NONE) {
    if (!value.may_be_there) value.word = Word::kRefused;
    return;
  }
  value.word = Word::kTaken;
  value.may_be_there = false;
  ledger_.acknowledged(targets_[value.target], base_offset, value.text);
  if (was_fenced) world_.violation(value.text + ": was taken from a producer that was fenced");
}

/// A batch may be ahead only of one that was lost or refused.
void TransactionActor::check_order(const std::vector<TransactionEntry::Value>& values,
                                   std::size_t index, ErrorCode error) {
  const auto& value = values[index];
  bool all_taken = true;
  bool any_refused = false;
  for (std::size_t i = 0; i < index; ++i) {
    if (values[i].target != value.target) continue;
    all_taken = all_taken && values[i].word == Word::kTaken;
    any_refused = any_refused || values[i].word == Word::kRefused;
  }
  if (error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER && all_taken && value.times_sent == 1) {
    world_.violation(
        fmt::format("{}: is out of order, and nothing before it is missing", value.text));
  }
  if (error == ErrorCode::NONE && any_refused) {
    world_.violation(value.text + ": was taken behind one that was refused");
  }
}

void TransactionActor::batches_answered() {
  if (style_ != Style::kStepByStep) return over();
  const auto& values = entry().values;
  const auto is = [](Word word) {
    return [word](const auto& value) { return value.word == word; };
  };
  if (std::ranges::all_of(values, is(Word::kTaken))) {
    return sometimes_pause([this] { go_to_end(); });
  }
  if (--retries_left_ >= 0 && !world_.one_in(3)) {
    return wait(world_.between(10, 300), [this] { send_batches(); });
  }
  if (world_.one_in(2)) return start_over(ErrorCode::NONE);
  commits_ = false;
  end(false);
}

/// What the next transaction of the same epoch goes on from.
void TransactionActor::count_taken() {
  for (const auto& value : entry().values) {
    if (value.word == Word::kTaken) sequences_[value.target] = value.sequence + 1;
  }
}

}  // namespace kreel::sim
