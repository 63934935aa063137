#include <algorithm>

#include <fmt/format.h>

#include "sim/transaction_audit.hpp"

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

}  // namespace

TransactionAudit::TransactionAudit(World& world, Ledger& ledger, Node& node, const Weather& weather,
                                   const std::string& name,
                                   const std::vector<TopicPartition>& sources,
                                   std::vector<const TransactionActor*> producers,
                                   std::vector<const CommittedReader*> readers,
                                   const OperatorActor* an_operator)
    : CommittedReader(world, ledger, node, weather, name, sources),
      producers_(std::move(producers)),
      readers_(std::move(readers)),
      operator_(an_operator) {}

void TransactionAudit::start() {
  for (const auto* producer : producers_) books_.push_back(producer->book());
  CommittedReader::start();
}

bool TransactionAudit::all_read() {
  check_readers();
  ask_group_offset(0);
  return true;
}

/// What was read as committed stays so.
void TransactionAudit::check_readers() {
  for (const auto* reader : readers_) {
    for (const auto& theirs : reader->partitions()) {
      const auto mine = std::ranges::find(partitions(), theirs.at, &CommittedPartition::at);
      for (const auto& [value, offset] : theirs.values) {
        if (offset >= mine->end || mine->values.contains(value)) continue;
        world_.violation(fmt::format("{}@{}: {} was read as committed and is not any more",
                                     theirs.at.to_string(), offset, value));
      }
    }
  }
}

void TransactionAudit::ask_group_offset(std::size_t index) {
  if (index == producers_.size()) {
    done_ = true;
    return;
  }
  protocol::OffsetFetchRequest request;
  request.group_id = producers_[index]->group();
  request.require_stable = true;
  request.topics.emplace();
  request.topics->push_back(
      {TransactionActor::source().topic, {TransactionActor::source().partition}});
  client_.call<protocol::OffsetFetch>(
      request,
      [this, index](auto response) {
        const auto* partition = response && response->error_code == ErrorCode::NONE
                                    ? &response->topics.at(0).partitions.at(0)
                                    : nullptr;
        if (partition == nullptr || partition->error_code != ErrorCode::NONE) {
          world_.after_ms(50, [this, index] { ask_group_offset(index); });
          return;
        }
        check(*producers_[index], books_[index], partition->committed_offset);
        ask_group_offset(index + 1);
      },
      7);
}

// Of each producer the transactions that were decided when the audit began.
void TransactionAudit::check(const TransactionActor& producer, const TransactionBook& book,
                             Offset committed) {
  if (book.empty()) return;
  for (const auto& [number, entry] : book) {
    if (number == book.rbegin()->first) continue;
    const bool is_there = check_values(producer, number, entry);
    const bool counts = is_there || entry.fate == Fate::kCommitted;
    const bool may_miss = operator_ != nullptr && operator_->may_have_aborted_offsets(entry);
    if (counts && entry.offset == Word::kTaken && committed < number && !may_miss) {
      world_.violation(fmt::format("transaction {}-{} is there, the group's offset is {}",
                                   producer.name(), number, committed));
    }
    if (number == committed && entry.fate == Fate::kAborted) {
      world_.violation(fmt::format("transaction {}-{} was aborted, the group's offset is of it",
                                   producer.name(), number));
    }
  }
}

bool TransactionAudit::check_values(const TransactionActor& producer, std::int64_t number,
                                    const TransactionEntry& entry) {
  std::size_t found = 0;
  const TransactionEntry::Value* missing = nullptr;
  for (const auto& value : entry.values) {
    const TopicPartition& at = producer.targets()[value.target];
    const auto read = std::ranges::find(partitions(), at, &CommittedPartition::at);
    const bool is_there = read->values.contains(value.text);
    found += is_there ? 1U : 0U;
    if (is_there && entry.fate == Fate::kAborted) {
      world_.violation(fmt::format("{}: {} was aborted and is read", at.to_string(), value.text));
    }
    if (is_there && value.word == Word::kRefused) {
      world_.violation(fmt::format("{}: {} was refused and is read", at.to_string(), value.text));
    }
    const bool may_miss = operator_ != nullptr && operator_->may_have_aborted(entry, at);
    if (!is_there && value.word == Word::kTaken && !may_miss) missing = &value;
  }
  if (missing == nullptr) return found > 0;
  if (entry.fate == Fate::kCommitted) {
    world_.violation(missing->text + ": was committed and is lost");
  } else if (found > 0) {
    world_.violation(fmt::format("{}: is missing, and {} others of transaction {} are there",
                                 missing->text, found, number));
  }
  return found > 0;
}

}  // namespace kreel::sim
