#include <algorithm>

#include <fmt/format.h>

#include "protocol/record_batch.hpp"
#include "sim/transactions.hpp"

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

constexpr std::size_t kAuditBytes = 1U << 20;

}  // namespace

TransactionAudit::TransactionAudit(World& world, Ledger& ledger, Node& node, const Weather& weather,
                                   const std::string& name,
                                   std::vector<const TransactionActor*> producers)
    : Actor(world, ledger, node, weather, name), producers_(std::move(producers)) {}

void TransactionAudit::start() {
  for (const auto* producer : producers_) {
    books_.push_back(producer->book());
    for (const TopicPartition& at : producer->targets()) {
      if (std::ranges::find(sources_, at, &Source::at) != sources_.end()) continue;
      Source source;
      source.at = at;
      sources_.push_back(std::move(source));
    }
  }
  fetch();
}

void TransactionAudit::fetch() {
  const auto open = std::ranges::find(sources_, false, &Source::done);
  if (open == sources_.end()) return ask_offset(0);
  protocol::FetchRequest request;
  request.min_bytes = 0;
  request.max_bytes = kAuditBytes;
  request.isolation_level = 1;
  auto& topic = request.topics.emplace_back();
  topic.topic = open->at.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition = open->at.partition;
  partition.fetch_offset = open->next;
  partition.partition_max_bytes = 10'000;
  client_.call<protocol::Fetch>(
      request,
      [this, index = open - sources_.begin()](auto response) {
        if (response && response->error_code == ErrorCode::NONE) {
          take(sources_[static_cast<std::size_t>(index)],
               response->responses.at(0).partitions.at(0));
        }
        world_.after_ms(1, [this] { fetch(); });
      },
      12);
}

void TransactionAudit::take(Source& source, const protocol::FetchResponse::PartitionData& data) {
  if (data.error_code != ErrorCode::NONE) return;
  if (data.last_stable_offset > data.high_watermark) {
    world_.violation(fmt::format("{}: the last stable offset {} is past the high watermark {}",
                                 source.at.to_string(), data.last_stable_offset,
                                 data.high_watermark));
  }
  for (const auto& aborted : data.aborted_transactions.value_or(
           std::vector<protocol::FetchResponse::AbortedTransaction>())) {
    source.aborted_from[aborted.producer_id].insert(aborted.first_offset);
  }
  ByteView rest = data.records.bytes();
  while (const auto header = protocol::read_batch_header(rest)) {
    if (header->size_bytes() > rest.size()) break;
    const ByteView batch = rest.first(header->size_bytes());
    rest = rest.subspan(header->size_bytes());
    if (header->last_offset() < source.next) continue;
    source.next = header->last_offset() + 1;
    auto& from = source.aborted_from[header->producer_id];
    const bool is_aborted = !from.empty() && *from.begin() <= header->base_offset;
    if (header->is_control()) {
      if (is_aborted) from.erase(from.begin());
      continue;
    }
    if (header->is_transactional() && is_aborted) continue;
    auto reader = protocol::BatchReader::open(batch, kAuditBytes);
    if (!reader) return world_.violation(name() + ": " + reader.error().message());
    while (const auto record = *reader->next()) {
      const std::string value(as_text(*record->value));
      if (!source.values.insert(value).second) {
        world_.violation(fmt::format("{}: {} is there twice", source.at.to_string(), value));
      }
    }
  }
  source.done = source.next >= data.last_stable_offset;
}

void TransactionAudit::ask_offset(std::size_t index) {
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
          world_.after_ms(50, [this, index] { ask_offset(index); });
          return;
        }
        check(*producers_[index], partition->committed_offset);
        ask_offset(index + 1);
      },
      7);
}

// The audit may have read some partitions before a transaction that others show: so whole ones are
// asked for among those that were decided when it began.
void TransactionAudit::check(const TransactionActor& producer, Offset committed) {
  const auto index = std::ranges::find(producers_, &producer) - producers_.begin();
  const auto& fates = books_[static_cast<std::size_t>(index)].fates;
  for (const auto& [number, fate] : fates) {
    if (number == fates.rbegin()->first) continue;  // was not decided yet
    const std::string value = producer.value_of(number);
    std::size_t found = 0;
    for (const TopicPartition& at : producer.targets()) {
      found += std::ranges::find(sources_, at, &Source::at)->values.contains(value) ? 1U : 0U;
    }
    const std::size_t all = producer.targets().size();
    if (found != 0 && found != all) {
      world_.violation(fmt::format("{}: {} of {} partitions have it", value, found, all));
    }
    if (fate == TransactionBook::Fate::kCommitted && found == 0) {
      world_.violation(value + ": was committed and is lost");
    }
    if (fate == TransactionBook::Fate::kAborted && found != 0) {
      world_.violation(value + ": was aborted and is read");
    }
    if (found != 0 && committed < number) {
      world_.violation(fmt::format("{} is there, the group's offset is {}", value, committed));
    }
  }
}

}  // namespace kreel::sim
