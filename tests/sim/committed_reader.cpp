#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/text.hpp"
#include "protocol/record_batch.hpp"
#include "sim/transaction_audit.hpp"

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

constexpr std::size_t kCommittedBytes = 1U << 20;

/// "name-transaction.number" as (name, transaction, number).
std::tuple<std::string, std::int64_t, std::int64_t> parts_of(const std::string& value) {
  const auto dash = value.rfind('-');
  const auto dot = value.rfind('.');
  return {value.substr(0, dash), parse_int64(value.substr(dash + 1, dot - dash - 1)).value_or(-1),
          parse_int64(value.substr(dot + 1)).value_or(-1)};
}

}  // namespace

CommittedReader::CommittedReader(World& world, Ledger& ledger, Node& node, const Weather& weather,
                                 const std::string& name,
                                 const std::vector<TopicPartition>& sources)
    : Actor(world, ledger, node, weather, name) {
  for (const TopicPartition& at : sources) {
    CommittedPartition partition;
    partition.at = at;
    partitions_.push_back(std::move(partition));
  }
}

void CommittedReader::fetch() {
  protocol::FetchRequest request;
  request.max_bytes = kCommittedBytes;
  request.isolation_level = 1;
  for (const auto& wanted : partitions_) {
    auto& topic = request.topics.emplace_back();
    topic.topic = wanted.at.topic;
    auto& partition = topic.partitions.emplace_back();
    partition.partition = wanted.at.partition;
    partition.fetch_offset = wanted.next;
    partition.partition_max_bytes = static_cast<std::int32_t>(world_.between(1, 20'000));
  }
  client_.call<protocol::Fetch>(
      request,
      [this](auto response) {
        if (response && response->error_code == ErrorCode::NONE) {
          for (const auto& topic : response->responses) {
            for (const auto& data : topic.partitions) {
              const auto partition =
                  std::ranges::find(partitions_, TopicPartition{topic.topic, data.partition_index},
                                    &CommittedPartition::at);
              if (partition != partitions_.end()) take(*partition, data);
            }
          }
          progressed();
        }
        if (std::ranges::all_of(partitions_, &CommittedPartition::is_read) && all_read()) return;
        world_.after_ms(pause_ms(), [this] { fetch(); });
      },
      12);
}

void CommittedReader::take(CommittedPartition& partition,
                           const protocol::FetchResponse::PartitionData& data) {
  if (data.error_code != ErrorCode::NONE) {
    if (protocol::is_retriable(data.error_code)) return;
    return world_.violation(fmt::format("{}: {}", name(), protocol::to_string(data.error_code)));
  }
  if (data.last_stable_offset > data.high_watermark ||
      data.last_stable_offset < partition.last_stable) {
    world_.violation(
        fmt::format("{}: the last stable offset is {}, it was {}, and the high "
                    "watermark is {}",
                    partition.at.to_string(), data.last_stable_offset, partition.last_stable,
                    data.high_watermark));
  }
  partition.last_stable = data.last_stable_offset;
  if (partition.end < 0) partition.end = data.high_watermark;
  for (const auto& aborted : data.aborted_transactions.value_or(
           std::vector<protocol::FetchResponse::AbortedTransaction>())) {
    partition.aborted_from[aborted.producer_id].insert(aborted.first_offset);
  }
  ByteView rest = data.records.is_null() ? ByteView{} : data.records.bytes();
  while (const auto header = protocol::read_batch_header(rest)) {
    if (header->size_bytes() > rest.size()) break;
    const ByteView batch = rest.first(header->size_bytes());
    rest = rest.subspan(header->size_bytes());
    if (header->last_offset() < partition.next) continue;
    if (header->last_offset() >= data.last_stable_offset) {
      world_.violation(fmt::format("{}@{}: is past the last stable offset {}",
                                   partition.at.to_string(), header->base_offset,
                                   data.last_stable_offset));
    }
    partition.next = header->last_offset() + 1;
    take_batch(partition, *header, batch);
  }
}

void CommittedReader::take_batch(CommittedPartition& partition, const protocol::BatchHeader& header,
                                 ByteView batch) {
  auto& from = partition.aborted_from[header.producer_id];
  const bool is_aborted = !from.empty() && *from.begin() <= header.base_offset;
  if (header.is_control()) {
    if (is_aborted) from.erase(from.begin());
    return;
  }
  if (header.is_transactional() && is_aborted) return;
  auto reader = protocol::BatchReader::open(batch, kCommittedBytes);
  if (!reader) return world_.violation(name() + ": " + reader.error().message());
  while (const auto record = *reader->next()) {
    const std::string value(as_text(*record->value));
    ledger_.observed(partition.at, record->offset, value);
    if (!partition.values.emplace(value, record->offset).second) {
      world_.violation(fmt::format("{}: {} is there twice", partition.at.to_string(), value));
    }
    check_order(partition, value);
  }
}

void CommittedReader::check_order(CommittedPartition& partition, const std::string& value) {
  const auto [producer, transaction, number] = parts_of(value);
  auto& last = partition.last_of[producer];
  const std::pair here{transaction, number};
  if (here <= last) {
    world_.violation(fmt::format("{}: {} comes after {}.{}", partition.at.to_string(), value,
                                 last.first, last.second));
  }
  last = here;
}

}  // namespace kreel::sim
